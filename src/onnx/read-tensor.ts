import { WIRE, type FieldReader } from '../formats/protobuf.ts';
import type { FieldRun, SparseTensor, Tensor, TensorData } from './model.ts';
import type { Reading } from '../formats/protobuf-reading.ts';

/** TensorProto's typed value fields: number -> name and wire type of one value. */
const TYPED_FIELDS: ReadonlyMap<number, { readonly name: string; readonly wire: number }> = new Map(
  [
    [4, { name: 'float_data', wire: WIRE.fixed32 }],
    [5, { name: 'int32_data', wire: WIRE.varint }],
    [6, { name: 'string_data', wire: WIRE.bytes }],
    [7, { name: 'int64_data', wire: WIRE.varint }],
    [10, { name: 'double_data', wire: WIRE.fixed64 }],
    [11, { name: 'uint64_data', wire: WIRE.varint }],
  ],
);

/** TensorProto.DataLocation.EXTERNAL */
const EXTERNAL = 1;

/** How far a packed run of varints is scanned at a time to count its values. */
const SCAN_BYTES = 64 * 1024;

/** What was seen of a tensor's values; at most one of these should be. */
interface Seen {
  raw: TensorData | undefined;
  typed: Map<string, { count: number; runs: FieldRun[] }>;
  external: Map<string, string>;
  location: number;
}

/** Reads a TensorProto; its values stay in the file. */
export function readTensor(reading: Reading, reader: FieldReader, path: string): Tensor {
  const seen: Seen = { raw: undefined, typed: new Map(), external: new Map(), location: 0 };
  const start = reader.position;
  const dims: number[] = [];
  let name = '';
  let dataType = 0;
  while (reading.next(reader, path)) {
    switch (reader.number) {
      case 1:
        readDims(reading, reader, dims, path);
        break;
      case 2:
        dataType = reader.int32;
        break;
      case 3:
        reading.problems.add(
          'inconsistent',
          'tensor segments are not part of ONNX',
          reader.start,
          path,
        );
        break;
      case 8:
        name = reading.text(reader, path);
        break;
      default:
        readValues(reading, reader, seen, path);
    }
  }
  const data = chooseData(reading, seen, start, name ? `${path} '${name}'` : path);
  return { name, dataType, dims, data };
}

/** Reads a SparseTensorProto. */
export function readSparseTensor(
  reading: Reading,
  reader: FieldReader,
  path: string,
): SparseTensor {
  let values = noTensor;
  let indices = noTensor;
  const dims: number[] = [];
  while (reading.next(reader, path)) {
    if (reader.number === 1 || reader.number === 2) {
      const part = `${path}.${reader.number === 1 ? 'values' : 'indices'}`;
      const message = reading.enter(reader, part);
      if (!message) continue;
      if (reader.number === 1) values = readTensor(reading, message, part);
      else indices = readTensor(reading, message, part);
    } else if (reader.number === 3) {
      readDims(reading, reader, dims, path);
    }
  }
  return { values, indices, dims };
}

const noTensor: Tensor = { name: '', dataType: 0, dims: [], data: { kind: 'none' } };

/** Reads a repeated int64, packed or not. Values beyond 2^53 are rounded; no size is that large. */
export function readDims(
  reading: Reading,
  reader: FieldReader,
  dims: number[],
  path: string,
): void {
  if (reader.type === WIRE.varint) {
    reading.count(reader.start, path);
    dims.push(reader.number64);
    return;
  }
  for (const value of packedVarints(reading, reader, path)) dims.push(Number(value));
}

/** The values of a packed repeated int64. */
export function packedVarints(reading: Reading, reader: FieldReader, path: string): bigint[] {
  const values: bigint[] = [];
  if (!reading.is(reader, WIRE.bytes, path)) return values;
  const packed = reader.message();
  while (packed.position < packed.end) {
    reading.count(packed.position, path);
    if (!reading.nextVarint(packed, path)) break;
    values.push(packed.int64);
  }
  return values;
}

function readValues(reading: Reading, reader: FieldReader, seen: Seen, path: string): void {
  const typed = TYPED_FIELDS.get(reader.number);
  if (typed) {
    readTyped(reading, reader, seen, typed, path);
  } else if (reader.number === 9 && reading.is(reader, WIRE.bytes, path)) {
    if (seen.raw)
      reading.problems.add('inconsistent', 'raw_data appears twice', reader.start, path);
    seen.raw = { kind: 'file', offset: reader.offset, length: reader.length };
  } else if (reader.number === 13) {
    readExternalEntry(reading, reader, seen.external, path);
  } else if (reader.number === 14) {
    seen.location = reader.int32;
  }
}

function readTyped(
  reading: Reading,
  reader: FieldReader,
  seen: Seen,
  field: { readonly name: string; readonly wire: number },
  path: string,
): void {
  const packed = reader.type === WIRE.bytes && field.wire !== WIRE.bytes;
  if (!packed && !reading.is(reader, field.wire, path)) return;
  reading.count(reader.start, path);
  const entry = seen.typed.get(field.name) ?? { count: 0, runs: [] };
  seen.typed.set(field.name, entry);
  const length = reader.type === WIRE.bytes ? reader.length : reader.position - reader.offset;
  entry.runs.push({ offset: reader.offset, length, packed });
  entry.count += packed ? packedCount(reader, field.wire) : 1;
}

/** How many values a packed run holds; a fraction where a value of fixed width is cut. */
function packedCount(reader: FieldReader, wire: number): number {
  if (wire === WIRE.fixed32) return reader.length / 4;
  if (wire === WIRE.fixed64) return reader.length / 8;
  let count = 0;
  for (let done = 0; done < reader.length; done += SCAN_BYTES) {
    const length = Math.min(SCAN_BYTES, reader.length - done);
    for (const byte of reader.source.view(reader.offset + done, length)) {
      if (byte < 0x80) count += 1;
    }
  }
  return count;
}

function readExternalEntry(
  reading: Reading,
  reader: FieldReader,
  entries: Map<string, string>,
  path: string,
): void {
  const { key, value } = readEntry(reading, reader, path);
  if (entries.has(key)) {
    const message = `external_data has the key '${key}' twice, and readers differ on which counts`;
    reading.problems.add('inconsistent', message, reader.start, path);
  } else {
    entries.set(key, value);
  }
}

/** Reads a StringStringEntryProto. */
export function readEntry(
  reading: Reading,
  reader: FieldReader,
  path: string,
): { key: string; value: string } {
  let key = '';
  let value = '';
  const entry = reading.enter(reader, path);
  while (entry && reading.next(entry, path)) {
    if (entry.number === 1) key = reading.text(entry, path);
    else if (entry.number === 2) value = reading.text(entry, path);
  }
  return { key, value };
}

function chooseData(reading: Reading, seen: Seen, offset: number, path: string): TensorData {
  const { raw, typed, external, location } = seen;
  const isExternal = location === EXTERNAL || external.size > 0;
  const places = [raw && 'raw_data', ...typed.keys(), isExternal && 'external_data'].filter(
    Boolean,
  );
  if (places.length > 1) {
    const message = `its values stand in ${places.join(' and ')}: readers differ on which counts`;
    reading.problems.add('inconsistent', message, offset, path);
  }
  if (location !== EXTERNAL && external.size > 0) {
    const message = 'has external_data, but its data_location is not EXTERNAL';
    reading.problems.add('inconsistent', message, offset, path);
  }
  if (isExternal) return { kind: 'external', entries: external };
  if (raw) return raw;
  const [first] = typed;
  return first ? { kind: 'typed', field: first[0], ...first[1] } : { kind: 'none' };
}
