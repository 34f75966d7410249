import { elementCount } from '../../formats/nd-array.ts';
import { int, ints } from '../../onnx/attributes.ts';
import { sameShape, type GradientContext } from './context.ts';
import { shiftedPairs } from './shifted-pairs.ts';
import { spatialAxes, windowSlices, type Window } from './window.ts';

/** A convolution y = w * x: names, shapes and how the kernel moves. */
export interface Convolution {
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

/**
 * The kernel's gradient by matrix products of the output's gradient with the input as each element
 * of the kernel saw it. The small input is transposed before it is cut, not the columns, which are
 * as many times larger as the kernel has elements.
 */
export function byWeight(convolution: Convolution): string {
  const { c, window, x, xShape, gradient } = convolution;
  const [, channels = 1] = xShape;
  const swap = [1, 0, ...spatialAxes(window)];
  const transposed = {
    ...convolution,
    x: c.transpose(x, swap),
    gradient: c.transpose(gradient, swap),
  };
  if (window.groups > 1) return byGroups(transposed);
  if (channels >= WIDE) return byPlaces(transposed);
  if (elementCount(window.kernel) >= MANY) return bySwappedConvolution(transposed);
  return byColumns(transposed);
}

/**
 * With so many channels a product for each place of the kernel is wide enough to be fast, and costs
 * less than copying all that the kernel saw into one matrix.
 */
const WIDE = 16;

/** From so many places of a kernel on the runtime's own way to cut what each of them sees is fast. */
const MANY = 16;

/** A convolution whose x is [channels, batch, ...] and whose gradient is [filters, batch, ...]. */
type Transposed = Convolution;

function byPlaces({ c, window, x, xShape, w, wShape, gradient, yShape }: Transposed): string {
  const [filters = 1, channels = 1] = wShape;
  const pairs = shiftedPairs(c, { x, gradient, window }, xShape.slice(2), yShape.slice(2));
  const products = pairs.map((pair) =>
    pair === undefined
      ? c.zeros([filters, channels], w)
      : c.matrixProduct(
          c.reshape(pair.gradient, [filters, -1]),
          c.reshape(pair.seen, [channels, -1]),
          { transB: true },
        ),
  );
  // Several times as fast as to put them side by side and to transpose.
  return c.reshape(concat(c, products, [filters, channels, 1], 2), wShape);
}

function byColumns({ c, window, x, wShape, gradient, yShape }: Transposed): string {
  const [filters = 1, channels = 1] = wShape;
  const slices = windowSlices(c, x, yShape.slice(2), window);
  const seen = concat(c, slices, [channels, columnsOf(yShape)], 0);
  const byFilter = c.reshape(gradient, [filters, columnsOf(yShape)]);
  const product = c.matrixProduct(byFilter, seen, { transB: true });
  return kernelLast(c, product, [filters, slices.length, channels], wShape);
}

function byGroups({ c, window, x, wShape, gradient, yShape }: Transposed): string {
  const [filters = 1, perGroup = 1] = wShape;
  const { groups } = window;
  const columns = columnsOf(yShape);
  const slices = windowSlices(c, x, yShape.slice(2), window);
  const seen = concat(c, slices, [groups, perGroup, columns], 1);
  const grouped = c.reshape(gradient, [groups, filters / groups, columns]);
  const product = c.op('MatMul', [grouped, c.transpose(seen, [0, 2, 1])]);
  return kernelLast(c, product, [filters, slices.length, perGroup], wShape);
}

function columnsOf([batch = 1, , ...output]: readonly number[]): number {
  return batch * elementCount(output);
}

/**
 * The gradient as the kernel of a convolution whose batch are the channels, and whose channels are
 * the batch: strides and dilations change places.
 */
function bySwappedConvolution({ c, window, x, gradient }: Transposed): string {
  const axes = spatialAxes(window);
  const correlated = c.op('Conv', [x, gradient], {
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
  return c.transpose(places, [1, 0, ...axes]);
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
