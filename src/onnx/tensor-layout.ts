import { DATA_TYPE } from './model.ts';

interface Layout {
  /** Bits of one element in raw_data; undefined for strings, which have no raw form. */
  readonly bits: number | undefined;
  /** The typed field that may hold it, and how many of its values make one element. */
  readonly field: string;
  readonly valuesPerElement: number;
}

const T = DATA_TYPE;

/** Where TensorProto keeps the values of each type (onnx.proto, comments of the data fields). */
const LAYOUTS: ReadonlyMap<number, Layout> = new Map([
  ...typed('float_data', 1, [[T.float, 32]]),
  ...typed('float_data', 2, [[T.complex64, 64]]),
  ...typed('double_data', 1, [[T.double, 64]]),
  ...typed('double_data', 2, [[T.complex128, 128]]),
  ...typed('int64_data', 1, [[T.int64, 64]]),
  ...typed('uint64_data', 1, [
    [T.uint32, 32],
    [T.uint64, 64],
  ]),
  ...typed('int32_data', 1, [
    [T.int32, 32],
    [T.uint16, 16],
    [T.int16, 16],
    [T.float16, 16],
    [T.bfloat16, 16],
    [T.uint8, 8],
    [T.int8, 8],
    [T.bool, 8],
    [T.float8e4m3fn, 8],
    [T.float8e4m3fnuz, 8],
    [T.float8e5m2, 8],
    [T.float8e5m2fnuz, 8],
    [T.float8e8m0, 8],
  ]),
  // Packed: two or four elements in each value.
  ...typed('int32_data', 1 / 2, [
    [T.uint4, 4],
    [T.int4, 4],
    [T.float4e2m1, 4],
  ]),
  ...typed('int32_data', 1 / 4, [
    [T.uint2, 2],
    [T.int2, 2],
  ]),
  [T.string, { bits: undefined, field: 'string_data', valuesPerElement: 1 }],
]);

function typed(
  field: string,
  valuesPerElement: number,
  types: readonly (readonly [type: number, bits: number])[],
): [number, Layout][] {
  return types.map(([type, bits]) => [type, { bits, field, valuesPerElement }]);
}

/** How a type is stored; undefined for a number that is no type. */
export function layoutOf(dataType: number): Layout | undefined {
  return LAYOUTS.get(dataType);
}

/** The number of elements, exact; undefined for negative sizes. */
export function countOf(dims: readonly number[]): bigint | undefined {
  let count = 1n;
  for (const size of dims) {
    if (!Number.isInteger(size) || size < 0) return undefined;
    count *= BigInt(size);
  }
  return count;
}

/** Bytes that `dims` elements of a type take in raw_data; undefined where there is no such form. */
export function rawBytes(dataType: number, dims: readonly number[]): bigint | undefined {
  const bits = layoutOf(dataType)?.bits;
  const count = countOf(dims);
  if (bits === undefined || count === undefined) return undefined;
  return (count * BigInt(bits) + 7n) / 8n;
}
