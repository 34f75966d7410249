import { WIRE, type FieldReader } from '../formats/protobuf.ts';
import type { ValueInfo } from './model.ts';
import type { Reading } from '../formats/protobuf-reading.ts';

/** Fields of TypeProto that hold something other than a dense tensor. */
const OTHER_TYPES = new Set([4, 5, 7, 8, 9]);

interface ValueType {
  readonly elementType: number | undefined;
  readonly dims: ValueInfo['dims'];
}

const unknownType: ValueType = { elementType: undefined, dims: undefined };

/**
 * Reads a ValueInfoProto. `typed`: the place demands a type (inputs and outputs of the main
 * graph), so its absence is a problem.
 */
export function readValueInfo(
  reading: Reading,
  reader: FieldReader,
  path: string,
  typed: boolean,
): ValueInfo {
  const start = reader.position;
  let name = '';
  let type: ValueType | undefined;
  while (reading.next(reader, path)) {
    if (reader.number === 1) name = reading.text(reader, path);
    else if (reader.number === 2) {
      const message = reading.enter(reader, path);
      if (message) type = readType(reading, message, path);
    }
  }
  if (typed && type === undefined) {
    reading.problems.add('inconsistent', `'${name}' has no type`, start, path);
  }
  return { name, ...(type ?? unknownType) };
}

function readType(reading: Reading, reader: FieldReader, path: string): ValueType | undefined {
  let type: ValueType | undefined;
  while (reading.next(reader, path)) {
    if (reader.number === 1) {
      const message = reading.enter(reader, path);
      if (message) type = readTensorType(reading, message, path);
    } else if (OTHER_TYPES.has(reader.number)) {
      type = unknownType;
    }
  }
  return type;
}

function readTensorType(reading: Reading, reader: FieldReader, path: string): ValueType {
  let elementType = 0;
  let dims: (number | string | null)[] | undefined;
  while (reading.next(reader, path)) {
    if (reader.number === 1) elementType = reader.int32;
    else if (reader.number === 2) {
      const shape = reading.enter(reader, path);
      dims = [];
      while (shape && reading.next(shape, path)) {
        const dimension = shape.number === 1 ? reading.enter(shape, path) : undefined;
        if (dimension) dims.push(readDimension(reading, dimension, path));
      }
    }
  }
  return { elementType, dims };
}

function readDimension(
  reading: Reading,
  reader: FieldReader,
  path: string,
): number | string | null {
  let value: number | string | null = null;
  while (reading.next(reader, path)) {
    if (reader.number === 1 && reading.is(reader, WIRE.varint, path)) value = reader.number64;
    else if (reader.number === 2) value = reading.text(reader, path) || null;
  }
  return value;
}
