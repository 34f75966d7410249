import { elementCount } from '../../formats/nd-array.ts';
import { floatOf, intOf } from '../../onnx/attributes.ts';
import type { Node } from '../../onnx/model.ts';
import { normalizeAxis, range, type GradientContext } from './context.ts';
import { input, optionalInput, output } from './operands.ts';
import type { GradientRule, RuleFamily } from './rule.ts';

/** y = (x - mean) / sqrt(var + epsilon) scale + bias, with mean and var of long ago. */
const batchNormalization: GradientRule = (c, node, [gradient]) => {
  const [x, scale, bias] = [input(node, 0), input(node, 1), input(node, 2)];
  const shape = c.shape(x);
  const perChannel = shape.map((dim, axis) => (axis === 1 ? dim : 1));
  const others = range(shape.length).filter((axis) => axis !== 1);
  const variance = c.add(input(node, 4), c.scalar(floatOf(node, 'epsilon', 1e-5), x));
  const inverse = c.reshape(c.op('Reciprocal', [c.op('Sqrt', [variance])]), perChannel);
  const normalized = () =>
    c.multiply(c.subtract(x, c.reshape(input(node, 3), perChannel)), inverse);
  return [
    c.needs(x)
      ? c.multiply(gradient, c.multiply(inverse, c.reshape(scale, perChannel)))
      : undefined,
    c.needs(scale)
      ? c.sum(c.multiply(gradient, normalized()), others, { keepDims: false })
      : undefined,
    c.needs(bias) ? c.sum(gradient, others, { keepDims: false }) : undefined,
  ];
};

/**
 * With h = (x - mean) / deviation and gs = g scale:
 * dx = (gs - mean(gs) - h mean(gs h)) / deviation, means over the normalised axes. Needs the
 * node's outputs Mean and InvStdDev (`sideOutputs` adds them).
 */
const layerNormalization: GradientRule = (c, node, [gradient]) => {
  const [x, scale] = [input(node, 0), input(node, 1)];
  const bias = optionalInput(node, 2);
  const shape = c.shape(x);
  const axes = range(shape.length).slice(normalizeAxis(intOf(node, 'axis', -1), shape.length));
  const count = elementCount(axes.map((axis) => shape[axis] ?? 1));
  const inverse = output(node, 2);
  const normalized = c.multiply(c.subtract(x, output(node, 1)), inverse);
  const byNormalized = () => c.multiply(gradient, scale);
  return [
    c.needs(x) ? through(c, x, byNormalized(), { normalized, inverse, axes, count }) : undefined,
    c.needs(scale)
      ? c.unbroadcast(c.multiply(gradient, normalized), shape, c.shape(scale))
      : undefined,
    bias !== undefined && c.needs(bias) ? c.unbroadcast(gradient, shape, c.shape(bias)) : undefined,
  ];
};

interface Normalization {
  readonly normalized: string;
  /** 1 / standard deviation, broadcast to x. */
  readonly inverse: string;
  readonly axes: readonly number[];
  /** Elements that are normalised together. */
  readonly count: number;
}

function through(
  c: GradientContext,
  x: string,
  gradient: string,
  { normalized, inverse, axes, count }: Normalization,
): string {
  const mean = (values: string) => c.scale(c.sum(values, axes, { keepDims: true }), 1 / count, x);
  const along = c.multiply(normalized, mean(c.multiply(gradient, normalized)));
  return c.multiply(inverse, c.subtract(c.subtract(gradient, mean(gradient)), along));
}

/** Like layer normalization over the spatial axes of each channel. */
const instanceNormalization: GradientRule = (c, node, [gradient]) => {
  const [x, scale, bias] = [input(node, 0), input(node, 1), input(node, 2)];
  const shape = c.shape(x);
  const axes = range(shape.length).slice(2);
  const perChannel = shape.map((dim, axis) => (axis === 1 ? dim : 1));
  const count = elementCount(shape.slice(2));
  const { normalized, inverse } = standardized(c, node, x, axes);
  const over = [0, ...axes];
  const byNormalized = () => c.multiply(gradient, c.reshape(scale, perChannel));
  return [
    c.needs(x) ? through(c, x, byNormalized(), { normalized, inverse, axes, count }) : undefined,
    c.needs(scale) ? c.sum(c.multiply(gradient, normalized), over, { keepDims: false }) : undefined,
    c.needs(bias) ? c.sum(gradient, over, { keepDims: false }) : undefined,
  ];
};

/**
 * Like instance normalization over groups of channels. Scale and bias have one number a channel,
 * or before operator set 21 one a group.
 */
const groupNormalization: GradientRule = (c, node, [gradient]) => {
  const [x, scale, bias] = [input(node, 0), input(node, 1), input(node, 2)];
  const shape = c.shape(x);
  const [batch = 1, channels = 1] = shape;
  const groups = intOf(node, 'num_groups', 1);
  const grouped = [batch, groups, elementCount(shape) / (batch * groups)];
  const perScale = [1, c.shape(scale)[0] ?? 1, 1];
  const byScale = [
    batch,
    perScale[1] ?? 1,
    grouped[1] === perScale[1] ? (grouped[2] ?? 1) : elementCount(shape) / (batch * channels),
  ];
  const flat = c.reshape(x, grouped);
  const { normalized, inverse } = standardized(c, node, flat, [2], x);
  const g = c.reshape(gradient, byScale);
  const scaled = () => c.reshape(c.multiply(g, c.reshape(scale, perScale)), grouped);
  const summed = (values: string) => c.sum(values, [0, 2], { keepDims: false });
  return [
    c.needs(x)
      ? c.reshape(
          through(c, x, scaled(), { normalized, inverse, axes: [2], count: grouped[2] ?? 1 }),
          shape,
        )
      : undefined,
    c.needs(scale) ? summed(c.multiply(g, c.reshape(normalized, byScale))) : undefined,
    c.needs(bias) ? summed(g) : undefined,
  ];
};

function standardized(
  c: GradientContext,
  node: Node,
  x: string,
  axes: readonly number[],
  like = x,
) {
  const mean = c.op('ReduceMean', [x, c.vector(axes)]);
  const centred = c.subtract(x, mean);
  const variance = c.op('ReduceMean', [c.multiply(centred, centred), c.vector(axes)]);
  const shifted = c.add(variance, c.scalar(floatOf(node, 'epsilon', 1e-5), like));
  const inverse = c.op('Reciprocal', [c.op('Sqrt', [shifted])]);
  return { normalized: c.multiply(centred, inverse), inverse };
}

export const normalization: RuleFamily = {
  BatchNormalization: batchNormalization,
  GroupNormalization: groupNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
};
