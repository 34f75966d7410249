import { UserError } from '../../errors.ts';
import { elementCount } from '../../formats/nd-array.ts';
import { int, ints, intOf, intsOf, text, textOf } from '../../onnx/attributes.ts';
import type { Node } from '../../onnx/model.ts';
import { range, type GradientContext } from './context.ts';
import { input, output } from './operands.ts';
import type { GradientRule, RuleFamily } from './rule.ts';
import { windowOf, type Window } from './window.ts';

const maxPool: GradientRule = (c, node, [gradient]) => [
  isTiling(node) ? throughTiles(c, node, gradient) : throughIndices(c, node, gradient),
];

/** Do the windows lie side by side, without padding, so that each element is in one at most? */
export function isTiling(node: Node): boolean {
  const kernel = intsOf(node, 'kernel_shape') ?? [];
  const strides = intsOf(node, 'strides') ?? kernel.map(() => 1);
  const padded = intsOf(node, 'pads')?.some((pad) => pad !== 0) ?? false;
  const dilated = intsOf(node, 'dilations')?.some((dilation) => dilation !== 1) ?? false;
  return (
    kernel.every((size, axis) => size === strides[axis]) &&
    !padded &&
    !dilated &&
    ['NOTSET', 'VALID'].includes(textOf(node, 'auto_pad', 'NOTSET')) &&
    intOf(node, 'ceil_mode', 0) === 0
  );
}

/**
 * The gradient goes to the elements that equal the maximum of their window; those that tie share
 * it. ONNX Runtime finds a maximum several times faster than the place of it.
 */
function throughTiles(c: GradientContext, node: Node, gradient: string): string {
  const [x, y] = [input(node, 0), output(node, 0)];
  const kernel = intsOf(node, 'kernel_shape') ?? [];
  const shape = c.shape(x);
  const covered = c.shape(y).map((dim, axis) => dim * (kernel[axis - 2] ?? 1));
  const spatial = range(shape.length).slice(2);
  const rest = shape.map((dim, axis) => dim - (covered[axis] ?? 0));
  const whole = rest.every((count) => count === 0);
  const zeros = spatial.map(() => 0);
  const seen = whole ? x : c.slice(x, zeros, covered.slice(2), spatial);
  const taken = c.indicator(c.op('Equal', [seen, enlarge(c, y, kernel)]), x);
  const ties = sumOfTiles(c, taken, y, kernel);
  const passed = c.multiply(enlarge(c, c.divide(gradient, ties), kernel), taken);
  return c.pad(
    passed,
    shape.map(() => 0),
    rest,
  );
}

/** A product with more columns takes longer than ONNX Runtime's AveragePool (of opset 19 or newer). */
const WIDEST = 32;

/** Elements of the constant matrix, which the graph holds. */
const MOST = 64 * 1024;

/** The sum of each window, as in the pooling that gives `y`. */
function sumOfTiles(
  c: GradientContext,
  name: string,
  y: string,
  kernel: readonly number[],
): string {
  const pooled = c.shape(y);
  const columns = pooled.at(-1) ?? 1;
  const [height = 1, width = 1] = kernel;
  // What lies below one row of the result, times 1 where it belongs to a column and else 0.
  const under = height * columns * width;
  if (kernel.length === 2 && columns <= WIDEST && under * columns <= MOST) {
    const belongs = range(under).flatMap((place) =>
      range(columns).map((column) => +(Math.floor((place % (columns * width)) / width) === column)),
    );
    const rows = c.reshape(name, [-1, under]);
    const member = c.constant([under, columns], belongs, y);
    return c.reshape(c.op('MatMul', [rows, member]), pooled);
  }
  const window = { kernel_shape: ints(kernel), strides: ints(kernel) };
  return c.scale(c.op('AveragePool', [name], window), elementCount(kernel), y);
}

/** Every element as often as a window has elements. */
function enlarge(c: GradientContext, name: string, kernel: readonly number[]): string {
  return c.op('Resize', [name, '', c.floats([1, 1, ...kernel])], {
    mode: text('nearest'),
    nearest_mode: text('floor'),
    coordinate_transformation_mode: text('asymmetric'),
  });
}

/**
 * The gradient goes to the element that was the largest, by the node's second output, the index of
 * that element in the flattened input (`sideOutputs` adds it).
 */
function throughIndices(c: GradientContext, node: Node, gradient: string): string {
  const x = input(node, 0);
  const kernel = intsOf(node, 'kernel_shape') ?? [];
  const strides = intsOf(node, 'strides') ?? kernel.map(() => 1);
  // Only where windows overlap can one element be the largest of several.
  const overlap = kernel.some((size, axis) => (strides[axis] ?? 1) < size);
  const count = elementCount(c.shape(output(node, 0)));
  const flat = c.op(
    'ScatterElements',
    [c.zeros([c.size(x)], x), c.reshape(output(node, 1), [count]), c.reshape(gradient, [count])],
    { axis: int(0), ...(overlap && { reduction: text('add') }) },
  );
  return c.reshape(flat, c.shape(x));
}

/** A transposed convolution, channel by channel, with a kernel of equal weights. */
const averagePool: GradientRule = (c, node, [gradient]) => {
  const x = input(node, 0);
  const shape = c.shape(x);
  const kernel = intsOf(node, 'kernel_shape') ?? [];
  if (intOf(node, 'ceil_mode', 0) === 1) {
    throw new UserError(
      `AveragePool '${node.name}' has ceil_mode, which cannot be trained through`,
      {
        hint: 'Export it without ceil_mode.',
      },
    );
  }
  const window = windowOf(node, shape, kernel);
  const padded = [...window.padsBefore, ...window.padsAfter].some((pad) => pad > 0);
  if (!padded || intOf(node, 'count_include_pad', 0) === 1) {
    const weight = c.scalar(1 / elementCount(kernel), x);
    return [spread(c, gradient, weight, x, output(node, 0), window)];
  }
  const share = c.divide(gradient, elementsInWindow(c, x, shape, window));
  return [spread(c, share, c.scalar(1, x), x, output(node, 0), window)];
};

/** How many elements of the input, not of its padding, each window holds. */
function elementsInWindow(
  c: GradientContext,
  x: string,
  shape: readonly number[],
  window: Window,
): string {
  const ones = c.expand(c.scalar(1, x), [1, 1, ...shape.slice(2)]);
  const kernel = c.expand(c.scalar(1, x), [1, 1, ...window.kernel]);
  return c.op('Conv', [ones, kernel], movement(window));
}

function spread(
  c: GradientContext,
  gradient: string,
  weight: string,
  x: string,
  y: string,
  window: Window,
): string {
  const [, channels = 1, ...spatial] = c.shape(x);
  const pooled = c.shape(y).slice(2);
  const kernel = c.expand(weight, [channels, 1, ...window.kernel]);
  const unreached = spatial.map((size, axis) => {
    const span = ((window.kernel[axis] ?? 1) - 1) * (window.dilations[axis] ?? 1) + 1;
    const covered = ((pooled[axis] ?? 1) - 1) * (window.strides[axis] ?? 1) + span;
    return size + (window.padsBefore[axis] ?? 0) + (window.padsAfter[axis] ?? 0) - covered;
  });
  return c.op('ConvTranspose', [gradient, kernel], {
    ...movement(window),
    group: int(channels),
    output_padding: ints(unreached),
  });
}

function movement({ strides, dilations, padsBefore, padsAfter }: Window) {
  return {
    strides: ints(strides),
    dilations: ints(dilations),
    pads: ints([...padsBefore, ...padsAfter]),
  };
}

const globalAveragePool: GradientRule = (c, node, [gradient]) => {
  const x = input(node, 0);
  const shape = c.shape(x);
  const share = c.scalar(1 / elementCount(shape.slice(2)), x);
  return [c.expand(c.multiply(gradient, share), shape)];
};

/** Elements that tie share the gradient. */
const globalMaxPool: GradientRule = (c, node, [gradient]) => {
  const x = input(node, 0);
  const axes = range(c.shape(x).length).slice(2);
  const taken = c.indicator(c.op('Equal', [x, output(node, 0)]), x);
  const ties = c.sum(taken, axes, { keepDims: true });
  return [c.multiply(c.divide(gradient, ties), taken)];
};

export const pooling: RuleFamily = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
};
