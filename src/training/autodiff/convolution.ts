import { UserError } from '../../errors.ts';
import { elementCount } from '../../formats/nd-array.ts';
import { int, ints, textOf } from '../../onnx/attributes.ts';
import { BEYOND, range, type GradientContext } from './context.ts';
import { byWeight, type Convolution } from './kernel-gradient.ts';
import { input, optionalInput, output } from './operands.ts';
import type { GradientRule, RuleFamily } from './rule.ts';
import { spatialAxes, windowOf, withBatchAndChannels, type Window } from './window.ts';

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

export const convolution: RuleFamily = { Conv: conv, ConvTranspose: convTranspose };
