import { UserError } from '../../errors.ts';
import { intOf, intsOf, textOf } from '../../onnx/attributes.ts';
import type { Node } from '../../onnx/model.ts';
import { normalizeAxis, range, type GradientContext } from './context.ts';
import { input, optionalInput, output } from './operands.ts';
import type { GradientRule, RuleFamily } from './rule.ts';

/** One axis that is resized: `weights[i]` says what element i of the output is made of. */
interface ResizedAxis {
  readonly axis: number;
  readonly before: number;
  readonly weights: readonly Share[][];
}

/** `weight` times element `index` of the input. */
interface Share {
  readonly index: number;
  readonly weight: number;
}

/** Each axis is a product with a matrix of its own; the gradient goes through its transpose. */
const resize: GradientRule = (c, node, [gradient]) => {
  const x = input(node, 0);
  let dims = c.shape(output(node, 0));
  let passed = gradient;
  for (const axis of resizedAxes(c, node)) {
    passed = throughAxis(c, x, passed, dims, axis);
    dims = dims.with(axis.axis, axis.before);
  }
  return [passed];
};

function throughAxis(
  c: GradientContext,
  like: string,
  gradient: string,
  dims: readonly number[],
  { axis, before, weights }: ResizedAxis,
): string {
  const shape = dims.with(axis, before);
  const repeats = weights.length / before;
  const whole = Number.isInteger(repeats);
  if (whole && weights.every(([only], index) => isCopy(only, Math.floor(index / repeats)))) {
    const split = dims.flatMap((dim, index) => (index === axis ? [before, repeats] : [dim]));
    return c.sum(c.reshape(gradient, split), [axis + 1], { keepDims: false });
  }
  const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);
  const rest = product(dims.slice(axis + 1));
  const matrix = Array<number>(before * weights.length).fill(0);
  weights.forEach((shares, column) => {
    for (const { index, weight } of shares) {
      const place = index * weights.length + column;
      matrix[place] = (matrix[place] ?? 0) + weight;
    }
  });
  const folded = c.reshape(gradient, [product(dims.slice(0, axis)), weights.length, rest]);
  const transposed = c.constant([before, weights.length], matrix, like);
  return c.reshape(c.op('MatMul', [transposed, folded]), shape);
}

function isCopy(share: Share | undefined, index: number): boolean {
  return share?.weight === 1 && share.index === index;
}

function resizedAxes(c: GradientContext, node: Node): readonly ResizedAxis[] {
  const mode = textOf(node, 'mode', 'nearest');
  const transformation = textOf(node, 'coordinate_transformation_mode', 'half_pixel');
  const policy = textOf(node, 'keep_aspect_ratio_policy', 'stretch');
  const place = PLACES[transformation];
  const supported =
    (mode === 'nearest' || mode === 'linear') &&
    policy === 'stretch' &&
    intOf(node, 'antialias', 0) === 0;
  if (!place || !supported) {
    throw new UserError(`Resize '${node.name}' cannot be trained through`, {
      hint: 'Only nearest and linear Resize, without cropping and antialias, have a gradient rule.',
    });
  }
  const [from, to] = [c.shape(input(node, 0)), c.shape(output(node, 0))];
  const axes = (intsOf(node, 'axes') ?? range(from.length)).map((axis) =>
    normalizeAxis(axis, from.length),
  );
  const given = optionalInput(node, 2);
  const factors = given === undefined ? undefined : c.numbers(given);
  return axes.flatMap((axis, index): ResizedAxis[] => {
    const [before = 1, after = 1] = [from[axis], to[axis]];
    const scale = factors?.[index] ?? after / before;
    if (before === after && scale === 1) return [];
    const weights = range(after).map((place_) => {
      const source = place({ place: place_, scale, before, after });
      return mode === 'nearest' ? nearest(node, source, before) : linear(source, before);
    });
    return [{ axis, before, weights }];
  });
}

interface Coordinates {
  /** In the output. */
  readonly place: number;
  readonly scale: number;
  readonly before: number;
  readonly after: number;
}

/** Where an element of the output lies in the input (onnx/docs/Operators.md, Resize). */
const PLACES: Readonly<Record<string, (coordinates: Coordinates) => number>> = {
  asymmetric: ({ place, scale }) => place / scale,
  half_pixel: ({ place, scale }) => (place + 0.5) / scale - 0.5,
  pytorch_half_pixel: ({ place, scale, after }) => (after > 1 ? (place + 0.5) / scale - 0.5 : 0),
  align_corners: ({ place, before, after }) =>
    after === 1 ? 0 : (place * (before - 1)) / (after - 1),
  half_pixel_symmetric: ({ place, scale, before, after }) => {
    const adjustment = after / (scale * before);
    return (before / 2) * (1 - adjustment) + (place + 0.5) / scale - 0.5;
  },
};

function nearest(node: Node, source: number, size: number): Share[] {
  const rounding = textOf(node, 'nearest_mode', 'round_prefer_floor');
  const rounded = (ROUNDINGS[rounding] ?? Math.round)(source);
  return [{ index: Math.min(Math.max(rounded, 0), size - 1), weight: 1 }];
}

const ROUNDINGS: Readonly<Record<string, (value: number) => number>> = {
  round_prefer_floor: (value) => Math.ceil(value - 0.5),
  round_prefer_ceil: (value) => Math.floor(value + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** The two neighbours, nearer ones more; beyond the edge the edge itself. */
function linear(source: number, size: number): Share[] {
  const inside = Math.min(Math.max(source, 0), size - 1);
  const index = Math.min(Math.floor(inside), Math.max(size - 2, 0));
  const share = inside - index;
  if (share === 0) return [{ index, weight: 1 }];
  return [
    { index, weight: 1 - share },
    { index: index + 1, weight: share },
  ];
}

export const resizing: RuleFamily = { Resize: resize };
