import { int, intOf, textOf } from '../../onnx/attributes.ts';
import { normalizeAxis, range, type GradientContext } from './context.ts';
import { input, output } from './operands.ts';
import type { GradientRule, RuleFamily } from './rule.ts';

/** Axes of an intermediate shape of rank six, changed in order. */
interface Shuffle {
  readonly shape: readonly number[];
  readonly permutation: readonly number[];
}

/** Blocks of the depth become blocks of the plane; two orders are in use (DCR and CRD). */
function depthToSpaceShuffle(
  [batch = 1, channels = 1, height = 1, width = 1]: readonly number[],
  block: number,
  mode: string,
): Shuffle {
  const depth = channels / (block * block);
  return mode === 'CRD'
    ? { shape: [batch, depth, block, block, height, width], permutation: [0, 1, 4, 2, 5, 3] }
    : { shape: [batch, block, block, depth, height, width], permutation: [0, 3, 4, 1, 5, 2] };
}

/** Puts shuffled elements back, into the shape `dims`. */
function unshuffle(
  c: GradientContext,
  gradient: string,
  { shape, permutation }: Shuffle,
  dims: readonly number[],
): string {
  const shuffled = permutation.map((axis) => shape[axis] ?? 1);
  const inverse = range(permutation.length).map((axis) => permutation.indexOf(axis));
  return c.reshape(c.transpose(c.reshape(gradient, shuffled), inverse), dims);
}

const depthToSpace: GradientRule = (c, node, [gradient]) => {
  const dims = c.shape(input(node, 0));
  const mode = textOf(node, 'mode', 'DCR');
  const shuffle = depthToSpaceShuffle(dims, intOf(node, 'blocksize', 1), mode);
  return [unshuffle(c, gradient, shuffle, dims)];
};

/** The inverse of DepthToSpace in its order DCR. */
const spaceToDepth: GradientRule = (c, node, [gradient]) => {
  const attributes = { blocksize: int(intOf(node, 'blocksize', 1)) };
  return [c.op('DepthToSpace', [gradient], attributes)];
};

/** Each element counts in every sum after it: the sums run backwards. */
const cumSum: GradientRule = (c, node, [gradient]) => [
  c.op('CumSum', [gradient, input(node, 1)], {
    exclusive: int(intOf(node, 'exclusive', 0)),
    reverse: int(1 - intOf(node, 'reverse', 0)),
  }),
];

/** y = x / |x| along an axis, by the sum or the Euclidean norm. */
const lpNormalization: GradientRule = (c, node, [gradient]) => {
  const [x, y] = [input(node, 0), output(node, 0)];
  const axes = [normalizeAxis(intOf(node, 'axis', -1), c.shape(x).length)];
  const euclidean = intOf(node, 'p', 2) === 2;
  const reduce = euclidean ? 'ReduceL2' : 'ReduceL1';
  const norm = c.op(reduce, [x, c.vector(axes)]);
  const along = c.sum(c.multiply(gradient, y), axes, { keepDims: true });
  const slope = c.multiply(along, euclidean ? y : c.op('Sign', [x]));
  return [c.divide(c.subtract(gradient, slope), norm)];
};

export const rearrangements: RuleFamily = {
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  CumSum: cumSum,
  LpNormalization: lpNormalization,
};
