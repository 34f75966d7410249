import { intOf, intsOf, textOf } from '../../onnx/attributes.ts';
import { int } from '../../onnx/attributes.ts';
import { UserError } from '../../errors.ts';
import type { Node } from '../../onnx/model.ts';
import { normalizeAxis, range, type GradientContext } from './context.ts';
import { input, optionalInput, output } from './operands.ts';
import type { GradientRule, RuleFamily } from './rule.ts';

/** Reshape, Flatten, Squeeze, Unsqueeze: the same elements in the same order. */
const reshape: GradientRule = (c, node, [gradient]) => [
  c.reshape(gradient, c.shape(input(node, 0))),
];

const transpose: GradientRule = (c, node, [gradient]) => {
  const rank = c.shape(input(node, 0)).length;
  const permutation = intsOf(node, 'perm') ?? range(rank).reverse();
  const inverse = range(rank).map((axis) => permutation.indexOf(axis));
  return [c.transpose(gradient, inverse)];
};

const expand: GradientRule = (c, node, [gradient]) => [
  c.unbroadcast(gradient, c.shape(output(node, 0)), c.shape(input(node, 0))),
];

/** Each repetition becomes an axis of its own, over which is summed. */
const tile: GradientRule = (c, node, [gradient]) => {
  const shape = c.shape(input(node, 0));
  const repeats = c.integers(input(node, 1));
  const split = shape.flatMap((dim, axis) => [repeats[axis] ?? 1, dim]);
  const axes = shape.map((_, axis) => 2 * axis);
  return [c.sum(c.reshape(gradient, split), axes, { keepDims: false })];
};

const concat: GradientRule = (c, node, [gradient]) => {
  const axis = normalizeAxis(intOf(node, 'axis', 0), c.shape(output(node, 0)).length);
  let end = 0;
  return node.inputs.map((name) => {
    const start = end;
    end += c.shape(name)[axis] ?? 0;
    return c.needs(name) ? c.slice(gradient, [start], [end], [axis]) : undefined;
  });
};

const split: GradientRule = (c, node, gradients) => {
  const x = input(node, 0);
  const axis = normalizeAxis(intOf(node, 'axis', 0), c.shape(x).length);
  const parts = node.outputs.map((name, index) => gradients[index] ?? c.zeros(c.shape(name), x));
  return [c.op('Concat', parts, { axis: int(axis) })];
};

const slice: GradientRule = (c, node, [gradient]) => {
  const x = input(node, 0);
  const shape = c.shape(x);
  const cuts = cutsOf(c, node, shape);
  if (cuts.every(({ step }) => step === 1)) {
    const before = shape.map((_, axis) => cuts.find((cut) => cut.axis === axis)?.start ?? 0);
    const kept = c.shape(output(node, 0));
    const after = shape.map((dim, axis) => dim - (before[axis] ?? 0) - (kept[axis] ?? 0));
    return [c.pad(gradient, before, after)];
  }
  let dims = c.shape(output(node, 0));
  let spread = gradient;
  for (const cut of cuts) {
    spread = scatterAlong(c, x, spread, dims, cut, shape[cut.axis] ?? 0);
    dims = dims.with(cut.axis, shape[cut.axis] ?? 0);
  }
  return [spread];
};

interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
}

function cutsOf(c: GradientContext, node: Node, shape: readonly number[]): readonly Cut[] {
  const starts = c.integers(input(node, 1));
  const given = optionalInput(node, 3);
  const axes = given === undefined ? range(starts.length) : c.integers(given);
  const stepInput = optionalInput(node, 4);
  const steps = stepInput === undefined ? [] : c.integers(stepInput);
  return starts.map((start, index) => {
    const axis = normalizeAxis(axes[index] ?? index, shape.length);
    const dim = shape[axis] ?? 0;
    const step = steps[index] ?? 1;
    // Slice clamps: an end beyond the axis is its last element (or one past it, forwards).
    const last = step < 0 ? dim - 1 : dim;
    return { axis, step, start: Math.min(Math.max(start < 0 ? start + dim : start, 0), last) };
  });
}

/** Puts the elements of `values` back to the places along one axis that a cut took them from. */
function scatterAlong(
  c: GradientContext,
  like: string,
  values: string,
  dims: readonly number[],
  cut: Cut,
  length: number,
): string {
  const count = dims[cut.axis] ?? 0;
  const places = range(count).map((index) => cut.start + index * cut.step);
  const column = c.reshape(
    c.vector(places),
    dims.map((_, axis) => (axis === cut.axis ? count : 1)),
  );
  const target = c.zeros(dims.with(cut.axis, length), like);
  return c.op('ScatterElements', [target, c.expand(column, dims), values], {
    axis: int(cut.axis),
  });
}

const pad: GradientRule = (c, node, [gradient]) => {
  const mode = textOf(node, 'mode', 'constant');
  if (mode !== 'constant') {
    throw new UserError(`Pad '${node.name}' has mode '${mode}', which cannot be trained through`, {
      hint: 'Only constant padding has a gradient rule.',
    });
  }
  const shape = c.shape(input(node, 0));
  const given = optionalInput(node, 3);
  const axes = given === undefined ? range(shape.length) : c.integers(given);
  const pads = c.integers(input(node, 1));
  const before = shape.map(() => 0);
  axes.forEach((axis, index) => {
    before[normalizeAxis(axis, shape.length)] = pads[index] ?? 0;
  });
  const ends = before.map((start, axis) => start + (shape[axis] ?? 0));
  return [c.slice(gradient, before, ends, range(shape.length))];
};

/** The gradient of what was cut away is zero. */
const trilu: GradientRule = (c, node, [gradient]) => {
  const diagonal = optionalInput(node, 1);
  const inputs = diagonal === undefined ? [gradient] : [gradient, diagonal];
  return [c.op('Trilu', inputs, { upper: int(intOf(node, 'upper', 1)) })];
};

export const shapeRules: RuleFamily = {
  Reshape: reshape,
  Flatten: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Transpose: transpose,
  Expand: expand,
  Tile: tile,
  Concat: concat,
  Split: split,
  Slice: slice,
  Pad: pad,
  Trilu: trilu,
};
