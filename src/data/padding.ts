import { elementCount, type NdArray, type Values } from '../formats/nd-array.ts';

/** How the second axis of an array is filled up where examples are shorter. */
export interface Padding {
  readonly value: number;
  /** Generators of text are often filled up on the left. */
  readonly side: 'left' | 'right';
}

/** The array with a second axis of `length`: filled up, or without padding that none needs. */
export function padTo(array: NdArray, length: number, padding: Padding): NdArray {
  const [count = 0, before = 0, ...inner] = array.shape;
  if (before === length) return array;
  const rows = Array.from({ length: count }, (_, row) => row);
  const values = gather(array, rows, { before, length, size: elementCount(inner) }, padding);
  return { ...array, shape: [count, length, ...inner], values };
}

/** The rows of an array in the given order; with `cut`, with a second axis of that length. */
export function takeRows(
  array: NdArray,
  rows: readonly number[],
  cut?: Padding & { readonly length: number },
): NdArray {
  const [, before = 1, ...inner] = array.shape;
  const length = cut?.length ?? before;
  const size = elementCount(inner);
  const values = gather(array, rows, { before, length, size }, cut ?? { value: 0, side: 'right' });
  const shape = array.shape.length === 1 ? [rows.length] : [rows.length, length, ...inner];
  return { ...array, shape, values };
}

function gather(
  { values }: NdArray,
  rows: readonly number[],
  axis: { readonly before: number; readonly length: number; readonly size: number },
  { value, side }: Padding,
): Values {
  const { before, length, size } = axis;
  const result = emptyLike(values, rows.length * length * size);
  if (length > before && value !== 0) fill(result, value);
  const kept = Math.min(before, length) * size;
  const skipped = side === 'left' ? Math.max(0, before - length) * size : 0;
  const shift = side === 'left' ? Math.max(0, length - before) * size : 0;
  rows.forEach((row, index) => {
    const from = row * before * size + skipped;
    result.set(values.subarray(from, from + kept) as never, index * length * size + shift);
  });
  return result;
}

function fill(values: Values, value: number): void {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    values.fill(BigInt(value));
  } else {
    values.fill(value);
  }
}

/** A new array of the type of `values`. */
export function emptyLike(values: Values, count: number): Values {
  const type = values.constructor as new (length: number) => Values;
  return new type(count);
}
