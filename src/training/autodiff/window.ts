import { intOf, intsOf, textOf } from '../../onnx/attributes.ts';
import type { Node } from '../../onnx/model.ts';
import type { GradientContext } from './context.ts';

/** How a kernel moves over the spatial axes: one entry an axis in each list. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padsBefore: readonly number[];
  readonly padsAfter: readonly number[];
  readonly groups: number;
}

/**
 * The window of a convolution or pooling node, with `auto_pad` worked out.
 * @param input the shape [batch, channels, ...spatial] that the kernel moves over
 */
export function windowOf(node: Node, input: readonly number[], kernel: readonly number[]): Window {
  const ones = kernel.map(() => 1);
  const strides = intsOf(node, 'strides') ?? ones;
  const dilations = intsOf(node, 'dilations') ?? ones;
  const spatial = input.slice(2);
  const pads = padsOf(node, spatial, { kernel, strides, dilations });
  return { kernel, strides, dilations, ...pads, groups: intOf(node, 'group', 1) };
}

function padsOf(
  node: Node,
  spatial: readonly number[],
  { kernel, strides, dilations }: Pick<Window, 'kernel' | 'strides' | 'dilations'>,
): Pick<Window, 'padsBefore' | 'padsAfter'> {
  const mode = textOf(node, 'auto_pad', 'NOTSET');
  if (mode === 'NOTSET') {
    const pads = intsOf(node, 'pads') ?? [...kernel, ...kernel].map(() => 0);
    return { padsBefore: pads.slice(0, kernel.length), padsAfter: pads.slice(kernel.length) };
  }
  if (mode === 'VALID') return { padsBefore: kernel.map(() => 0), padsAfter: kernel.map(() => 0) };
  const totals = spatial.map((size, axis) => {
    const stride = strides[axis] ?? 1;
    const span = ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1;
    return Math.max(0, (Math.ceil(size / stride) - 1) * stride + span - size);
  });
  const small = totals.map((total) => Math.floor(total / 2));
  const large = totals.map((total, axis) => total - (small[axis] ?? 0));
  return mode === 'SAME_UPPER'
    ? { padsBefore: small, padsAfter: large }
    : { padsBefore: large, padsAfter: small };
}

/** The spatial axes of a tensor [batch, channels, ...spatial]. */
export function spatialAxes(window: Window): readonly number[] {
  return window.kernel.map((_, index) => index + 2);
}

/** `values` for the spatial axes, with zeros for batch and channels. */
export function withBatchAndChannels(values: readonly number[]): readonly number[] {
  return [0, 0, ...values];
}

/**
 * The input as each element of the kernel sees it: one tensor [.., .., ...output] an element, in
 * row-major order of the kernel.
 */
export function windowSlices(
  c: GradientContext,
  input: string,
  output: readonly number[],
  window: Window,
): readonly string[] {
  const padded = c.pad(
    input,
    withBatchAndChannels(window.padsBefore),
    withBatchAndChannels(window.padsAfter),
  );
  const axes = spatialAxes(window);
  return placesOf(window.kernel).map((offset) => {
    const starts = offset.map((place, axis) => place * (window.dilations[axis] ?? 1));
    const ends = starts.map(
      (start, axis) => start + ((output[axis] ?? 1) - 1) * (window.strides[axis] ?? 1) + 1,
    );
    return c.slice(padded, starts, ends, axes, window.strides);
  });
}

/** Every place in a kernel, in row-major order. */
export function placesOf(kernel: readonly number[]): readonly (readonly number[])[] {
  return kernel.reduce<readonly (readonly number[])[]>(
    (places, size) =>
      places.flatMap((place) => Array.from({ length: size }, (_, index) => [...place, index])),
    [[]],
  );
}
