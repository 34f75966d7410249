import { UserError } from '../../errors.ts';
import { elementCount } from '../../formats/nd-array.ts';
import { int, ints, textOf } from '../../onnx/attributes.ts';
import { range, sameShape, type GradientContext } from './context.ts';
import { input, optionalInput, output } from './operands.ts';
import type { GradientRule, RuleFamily } from './rule.ts';
import {
  spatialAxes,
  windowOf,
  windowSlices,
  withBatchAndChannels,
  type Window,
} from './window.ts';

/** A convolution y = w * x: names, shapes and how the kernel moves. */
interface Convolution {
  readonly c: GradientContext;
  readonly window: Window;
  /** [batch, channels, ...] */
  readonly x: string;
  readonly xShape: readonly number[];
  /** [filters, channels / groups, ...kernel] */
  readonly w: string;
  readonly wShape: readonly number[];
  /** The gradient by y [batch, filters, ...], and its shape. */
  readonly gradient: string;
  readonly yShape: readonly number[];
}

const conv: GradientRule = (c, node, [gradient]) => {
  const [x, w] = [input(node, 0), input(node, 1)];
  const bias = optionalInput(node, 2);
  const [xShape, wShape] = [c.shape(x), c.shape(w)];
  const window = windowOf(node, xShape, wShape.slice(2));
  const yShape = c.shape(output(node, 0));
  const all: Convolution = { c, window, x, xShape, w, wShape, gradient, yShape };
  return [
    c.needs(x) ? byInput(all) : undefined,
    c.needs(w) ? byWeight(all) : undefined,
    c.needs(bias) ? byBias(c, gradient, window) : undefined,
  ];
};

/** y = ConvTranspose(x, w): x and y change places in the convolution that it transposes. */
const convTranspose: GradientRule = (c, node, [gradient]) => {
  const [x, w] = [input(node, 0), input(node, 1)];
  const bias = optionalInput(node, 2);
  if (textOf(node, 'auto_pad', 'NOTSET') !== 'NOTSET') {
    throw new UserError(
      `ConvTranspose '${node.name}' has auto_pad, which cannot be trained through`,
      {
        hint: 'Export it with explicit pads.',
      },
    );
  }
  const [xShape, wShape] = [c.shape(x), c.shape(w)];
  const yShape = c.shape(output(node, 0));
  const window = windowOf(node, yShape, wShape.slice(2));
  const transposed: Convolution = {
    c,
    window,
    x: gradient,
    xShape: yShape,
    w,
    wShape,
    gradient: x,
    yShape: xShape,
  };
  return [
    c.needs(x) ? c.op('Conv', [gradient, w], convAttributes(window)) : undefined,
    c.needs(w) ? byWeight(transposed) : undefined,
    c.needs(bias) ? byBias(c, gradient, window) : undefined,
  ];
};

function byBias(c: GradientContext, gradient: string, window: Window): string {
  return c.sum(gradient, [0, ...spatialAxes(window)], { keepDims: false });
}

/** At stride 1 a convolution with the flipped kernel is faster than a transposed convolution. */
function byInput(all: Convolution): string {
  const { window } = all;
  const pads = [...window.padsBefore, ...window.padsAfter];
  const within = pads.every((pad, index) => {
    const axis = index % window.kernel.length;
    return pad <= reach(window, axis);
  });
  const single = window.strides.every((stride) => stride === 1);
  return single && within ? byFlippedKernel(all) : byTransposedConvolution(all);
}

/** How many elements lie between the first and the last that a kernel sees along an axis. */
function reach({ kernel, dilations }: Window, axis: number): number {
  return ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1);
}

/**
 * Correlates the gradient with the kernel, one of them flipped. Flipping costs as much as there are
 * elements, so where the kernel has more of them the gradient is flipped, and the result back.
 */
function byFlippedKernel({ c, window, w, wShape, xShape, gradient, yShape }: Convolution): string {
  const pointwise = window.kernel.every((size) => size === 1);
  const flip = (name: string, shape: readonly number[]) =>
    pointwise ? name : flipped(c, name, shape);
  const full = window.kernel.map((_, axis) => reach(window, axis));
  const before = full.map((size, axis) => size - (window.padsBefore[axis] ?? 0));
  const after = full.map((size, axis) => size - (window.padsAfter[axis] ?? 0));
  const correlate = (images: string, kernel: string, pads: readonly number[]) =>
    c.op('Conv', [images, swapFiltersAndChannels(c, kernel, wShape, window)], {
      dilations: ints(window.dilations),
      pads: ints(pads),
      group: int(window.groups),
    });
  if (elementCount(wShape) > elementCount(xShape) + elementCount(yShape)) {
    return flip(correlate(flip(gradient, yShape), w, [...after, ...before]), xShape);
  }
  return correlate(gradient, flip(w, wShape), [...before, ...after]);
}

/** Backwards along all spatial axes, which as one axis is faster. */
function flipped(c: GradientContext, name: string, shape: readonly number[]): string {
  const planes = c.reshape(name, [elementCount(shape.slice(0, 2)), elementCount(shape.slice(2))]);
  return c.reshape(c.slice(planes, [-1], [-BEYOND], [1], [-1]), shape);
}

/** Beyond any axis, so that a slice backwards ends with the first element. */
const BEYOND = 2 ** 31;

/** [filters, channels / groups, ...] -> [channels, filters / groups, ...], group by group. */
function swapFiltersAndChannels(
  c: GradientContext,
  w: string,
  [filters = 1, channels = 1, ...kernel]: readonly number[],
  { groups }: Window,
): string {
  const spatial = range(kernel.length);
  if (groups === 1) return c.transpose(w, [1, 0, ...spatial.map((axis) => axis + 2)]);
  const split = c.reshape(w, [groups, filters / groups, channels, ...kernel]);
  const swapped = c.transpose(split, [0, 2, 1, ...spatial.map((axis) => axis + 3)]);
  return c.reshape(swapped, [groups * channels, filters / groups, ...kernel]);
}

function byTransposedConvolution({ c, window, w, xShape, gradient, yShape }: Convolution): string {
  // What the windows did not reach at the end: up to stride - 1 elements, and more where pads do.
  const missing = window.kernel.map((_, axis) => {
    const covered =
      ((yShape[axis + 2] ?? 1) - 1) * (window.strides[axis] ?? 1) + reach(window, axis) + 1;
    const pads = (window.padsBefore[axis] ?? 0) + (window.padsAfter[axis] ?? 0);
    return (xShape[axis + 2] ?? 1) + pads - covered;
  });
  const within = missing.map((count, axis) =>
    Math.min(count, Math.max(0, (window.strides[axis] ?? 1) - 1)),
  );
  const result = c.op('ConvTranspose', [gradient, w], {
    ...convAttributes(window),
    output_padding: ints(within),
  });
  const rest = missing.map((count, axis) => count - (within[axis] ?? 0));
  return c.pad(result, withBatchAndChannels(rest.map(() => 0)), withBatchAndChannels(rest));
}

function convAttributes({ strides, dilations, padsBefore, padsAfter, groups }: Window) {
  return {
    strides: ints(strides),
    dilations: ints(dilations),
    pads: ints([...padsBefore, ...padsAfter]),
    group: int(groups),
  };
}

/**
 * The kernel's gradient as one matrix product of the output's gradient with the input as each
 * element of the kernel saw it. The small input is transposed before it is cut, not the columns,
 * which are as many times larger as the kernel has elements.
 */
function byWeight({ c, window, x, xShape, wShape, gradient, yShape }: Convolution): string {
  const [batch = 1, channels = 1] = xShape;
  const [filters = 1, perGroup = 1] = wShape;
  const { groups } = window;
  const axes = spatialAxes(window);
  const columns = batch * elementCount(yShape.slice(2));
  const places = elementCount(window.kernel);
  const byChannel = c.transpose(x, [1, 0, ...axes]);
  if (groups === 1 && channels < WIDE && places >= MANY) {
    return bySwappedConvolution(c, byChannel, { gradient, window });
  }
  const slices = windowSlices(c, byChannel, yShape.slice(2), window);
  const byFilter = c.reshape(c.transpose(gradient, [1, 0, ...axes]), [filters, columns]);
  if (groups === 1 && channels >= WIDE) {
    const products = slices.map((slice) =>
      c.matrixProduct(byFilter, c.reshape(slice, [channels, columns]), { transB: true }),
    );
    // Several times as fast as putting them side by side and transposing.
    return c.reshape(concat(c, products, [filters, channels, 1], 2), wShape);
  }
  if (groups === 1) {
    const seen = concat(c, slices, [channels, columns], 0);
    const product = c.matrixProduct(byFilter, seen, { transB: true });
    return kernelLast(c, product, [filters, places, channels], wShape);
  }
  const seen = concat(c, slices, [groups, perGroup, columns], 1);
  const grouped = c.reshape(byFilter, [groups, filters / groups, columns]);
  const product = c.op('MatMul', [grouped, c.transpose(seen, [0, 2, 1])]);
  return kernelLast(c, product, [filters, places, perGroup], wShape);
}

/**
 * With so many channels a product for each place of the kernel is wide enough to be fast, and costs
 * less than copying all that the kernel saw into one matrix.
 */
const WIDE = 16;

/** From so many places of a kernel on the runtime's own way to cut what each of them sees is fast. */
const MANY = 16;

/**
 * The gradient as the kernel of a convolution whose batch are the channels, and whose channels are
 * the batch: strides and dilations change places.
 */
function bySwappedConvolution(
  c: GradientContext,
  byChannel: string,
  { gradient, window }: Pick<Convolution, 'gradient' | 'window'>,
): string {
  const axes = spatialAxes(window);
  const swap = [1, 0, ...axes];
  const correlated = c.op('Conv', [byChannel, c.transpose(gradient, swap)], {
    strides: ints(window.dilations),
    dilations: ints(window.strides),
    pads: ints([...window.padsBefore, ...window.padsAfter]),
  });
  // Where the last windows did not reach the end there are more places than the kernel has.
  const places = c.slice(
    correlated,
    axes.map(() => 0),
    window.kernel,
    axes,
  );
  return c.transpose(places, swap);
}

function concat(
  c: GradientContext,
  slices: readonly string[],
  dims: readonly number[],
  axis: number,
): string {
  const shaped = slices.map((slice) => c.reshape(slice, dims));
  const [only = '', ...others] = shaped;
  return others.length === 0 ? only : c.op('Concat', shaped, { axis: int(axis) });
}

/** [filters, places of the kernel, channels] -> [filters, channels, ...kernel] */
function kernelLast(
  c: GradientContext,
  product: string,
  dims: readonly number[],
  wShape: readonly number[],
): string {
  if (dims[1] === 1)
    return sameShape(dims.slice(0, 1), wShape) ? product : c.reshape(product, wShape);
  return c.reshape(c.transpose(c.reshape(product, dims), [0, 2, 1]), wShape);
}

export const convolution: RuleFamily = { Conv: conv, ConvTranspose: convTranspose };
