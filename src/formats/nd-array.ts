/** The element types that a data set may hold, by NumPy's names. */
export const ELEMENT_BYTES = {
  bool: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float16: 2,
  float32: 4,
  float64: 8,
} as const;

export type ElementType = keyof typeof ELEMENT_BYTES;

export type Values =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** An array of numbers with a shape, values in C order (the last axis runs fastest). */
export interface NdArray {
  readonly elementType: ElementType;
  readonly shape: readonly number[];
  /** `float16` comes as its bits in a Uint16Array, `bool` as a Uint8Array of 0 and 1. */
  readonly values: Values;
}

/** How many elements a shape holds; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

/** Cleared memory for many values: every thread of the process reads it without a copy. */
export function sharedBytes(count: number): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(new SharedArrayBuffer(count));
}

/** Typed view of `bytes`, which are in the machine's order and start at an aligned offset. */
export function viewOf(elementType: ElementType, bytes: Uint8Array): Values {
  const count = bytes.byteLength / ELEMENT_BYTES[elementType];
  const { buffer, byteOffset } = bytes;
  switch (elementType) {
    case 'bool':
    case 'uint8':
      return new Uint8Array(buffer, byteOffset, count);
    case 'int8':
      return new Int8Array(buffer, byteOffset, count);
    case 'int16':
      return new Int16Array(buffer, byteOffset, count);
    case 'uint16':
    case 'float16':
      return new Uint16Array(buffer, byteOffset, count);
    case 'int32':
      return new Int32Array(buffer, byteOffset, count);
    case 'uint32':
      return new Uint32Array(buffer, byteOffset, count);
    case 'int64':
      return new BigInt64Array(buffer, byteOffset, count);
    case 'uint64':
      return new BigUint64Array(buffer, byteOffset, count);
    case 'float32':
      return new Float32Array(buffer, byteOffset, count);
    case 'float64':
      return new Float64Array(buffer, byteOffset, count);
  }
}
