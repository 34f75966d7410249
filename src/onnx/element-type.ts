import {
  ELEMENT_BYTES,
  elementCount,
  viewOf,
  type ElementType,
  type Values,
} from '../formats/nd-array.ts';
import { DATA_TYPE } from './model.ts';

/** TensorProto.DataType by the names that NumPy and ONNX Runtime share. */
const DATA_TYPES: Readonly<Record<ElementType, number>> = {
  bool: DATA_TYPE.bool,
  int8: DATA_TYPE.int8,
  uint8: DATA_TYPE.uint8,
  int16: DATA_TYPE.int16,
  uint16: DATA_TYPE.uint16,
  int32: DATA_TYPE.int32,
  uint32: DATA_TYPE.uint32,
  int64: DATA_TYPE.int64,
  uint64: DATA_TYPE.uint64,
  float16: DATA_TYPE.float16,
  float32: DATA_TYPE.float,
  float64: DATA_TYPE.double,
};

const ELEMENT_TYPES: ReadonlyMap<number, ElementType> = new Map(
  Object.entries(DATA_TYPES).map(([name, dataType]) => [dataType, name as ElementType]),
);

export function dataTypeOf(elementType: ElementType): number {
  return DATA_TYPES[elementType];
}

/** Undefined for strings, complex numbers, bfloat16 and types of 8 bits or fewer. */
export function elementTypeOf(dataType: number): ElementType | undefined {
  return ELEMENT_TYPES.get(dataType);
}

const FURTHER_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(DATA_TYPE).map(([name, dataType]) => [dataType, name]),
);

/** `float32`, `int4` ...; the number itself for a type that ONNX does not know. */
export function dataTypeName(dataType: number): string {
  return elementTypeOf(dataType) ?? FURTHER_NAMES.get(dataType) ?? `data type ${dataType}`;
}

/** Bytes of a tensor of this type and shape; undefined where an element does not fill bytes. */
export function tensorBytes(dataType: number, dims: readonly number[]): number | undefined {
  const elementType = elementTypeOf(dataType);
  if (elementType !== undefined) return ELEMENT_BYTES[elementType] * elementCount(dims);
  return dataType === DATA_TYPE.bfloat16 ? 2 * elementCount(dims) : undefined;
}

/**
 * The bytes of a tensor as values. Copies only where they do not lie on an element's boundary.
 * @param bytes little-endian, as ONNX stores them and as every machine that Node runs on reads them
 */
export function toValues(dataType: number, bytes: Uint8Array): Values {
  const elementType = required(dataType);
  const aligned = bytes.byteOffset % ELEMENT_BYTES[elementType] === 0;
  return viewOf(elementType, aligned ? bytes : Uint8Array.from(bytes));
}

/** `values` as the bytes of a tensor of this type. */
export function toBytes(dataType: number, values: Iterable<number>): Uint8Array {
  const elementType = required(dataType);
  const numbers = Array.from(values);
  const bytes = new Uint8Array(numbers.length * ELEMENT_BYTES[elementType]);
  const array = viewOf(elementType, bytes);
  if (array instanceof BigInt64Array || array instanceof BigUint64Array) {
    numbers.forEach((value, index) => {
      array[index] = BigInt(value);
    });
  } else {
    array.set(numbers);
  }
  return bytes;
}

/** The memory of `values`, not copied. */
export function bytesOf(values: Values): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function required(dataType: number): ElementType {
  const elementType = elementTypeOf(dataType);
  if (elementType !== undefined) return elementType;
  throw new Error(`values of ${dataTypeName(dataType)} are not supported`);
}
