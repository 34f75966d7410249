import { WIRE, type FieldReader } from '../formats/protobuf.ts';
import type { Attribute, Graph, Tensor } from './model.ts';
import { packedVarints, readTensor } from './read-tensor.ts';
import type { Reading } from '../formats/protobuf-reading.ts';

/** Vocabularies and compiled blobs are written as string attributes; nobody here reads them whole. */
const MAX_STRING_BYTES = 1024 * 1024;

/** AttributeProto.AttributeType, by the field that holds the value. */
const TYPE_OF_FIELD: ReadonlyMap<number, number> = new Map([
  [2, 1],
  [3, 2],
  [4, 3],
  [5, 4],
  [6, 5],
  [7, 6],
  [8, 7],
  [9, 8],
  [10, 9],
  [11, 10],
  [14, 13],
  [15, 14],
  [22, 11],
  [23, 12],
]);

/** A graph is read by its caller: graphs hold nodes, and nodes attributes. */
export type ReadGraph = (reading: Reading, reader: FieldReader, path: string) => Graph;

/** The value fields of an AttributeProto as they are met. */
class Values {
  float = 0;
  int = 0n;
  string = '';
  readonly tensors: Tensor[] = [];
  readonly graphs: Graph[] = [];
  readonly floats: number[] = [];
  readonly ints: bigint[] = [];
  readonly strings: string[] = [];
  readonly present = new Set<number>();
}

export interface NamedAttribute {
  readonly name: string;
  readonly attribute: Attribute;
}

/** Reads an AttributeProto. */
export function readAttribute(
  reading: Reading,
  reader: FieldReader,
  path: string,
  readGraph: ReadGraph,
): NamedAttribute {
  const start = reader.position;
  const values = new Values();
  let name = '';
  let type = 0;
  let reference = '';
  while (reading.next(reader, path)) {
    if (reader.number === 1) name = reading.text(reader, path);
    else if (reader.number === 20) type = reader.int32;
    else if (reader.number === 21) reference = reading.text(reader, path);
    else readValue(reading, reader, values, `${path}.attribute '${name}'`, readGraph);
  }
  if (reference) return { name, attribute: { type: 'reference', value: reference } };
  const held = [...values.present].map((field) => TYPE_OF_FIELD.get(field) ?? 0);
  if (type !== 0 && held.some((other) => other !== type)) {
    const message = `attribute '${name}' says type ${type} and holds a value of type ${held.join(', ')}`;
    reading.problems.add('inconsistent', message, start, path);
  }
  return { name, attribute: toAttribute(type === 0 ? (held[0] ?? 0) : type, values) };
}

function readValue(
  reading: Reading,
  reader: FieldReader,
  values: Values,
  path: string,
  readGraph: ReadGraph,
): void {
  if (TYPE_OF_FIELD.has(reader.number)) values.present.add(reader.number);
  switch (reader.number) {
    case 2:
      if (reading.is(reader, WIRE.fixed32, path)) values.float = reader.float;
      break;
    case 3:
      if (reading.is(reader, WIRE.varint, path)) values.int = reader.int64;
      break;
    case 4:
      values.string = reading.excerpt(reader, MAX_STRING_BYTES, path);
      break;
    case 5:
    case 10: {
      const message = reading.enter(reader, path);
      if (message) values.tensors.push(readTensor(reading, message, path));
      break;
    }
    case 6:
    case 11: {
      const message = reading.enter(reader, path);
      if (message) values.graphs.push(readGraph(reading, message, path));
      break;
    }
    default:
      readRepeated(reading, reader, values, path);
  }
}

function readRepeated(reading: Reading, reader: FieldReader, values: Values, path: string): void {
  if (reader.number === 7) {
    readFloats(reading, reader, values.floats, path);
  } else if (reader.number === 8) {
    if (reader.type === WIRE.varint) values.ints.push(reader.int64);
    else values.ints.push(...packedVarints(reading, reader, path));
    reading.count(reader.start, path);
  } else if (reader.number === 9) {
    reading.count(reader.start, path);
    values.strings.push(reading.excerpt(reader, MAX_STRING_BYTES, path));
  }
}

function readFloats(reading: Reading, reader: FieldReader, floats: number[], path: string): void {
  if (reader.type === WIRE.fixed32) {
    reading.count(reader.start, path);
    floats.push(reader.float);
    return;
  }
  if (!reading.is(reader, WIRE.bytes, path)) return;
  for (let offset = 0; offset + 4 <= reader.length; offset += 4) {
    reading.count(reader.start, path);
    const bytes = reader.source.view(reader.offset + offset, 4);
    floats.push(new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true));
  }
}

function toAttribute(type: number, values: Values): Attribute {
  const [tensor] = values.tensors;
  const [graph] = values.graphs;
  switch (type) {
    case 1:
      return { type: 'float', value: values.float };
    case 2:
      return { type: 'int', value: values.int };
    case 3:
      return { type: 'string', value: values.string };
    case 4:
      return tensor ? { type: 'tensor', value: tensor } : { type: 'other', value: type };
    case 5:
      return graph ? { type: 'graph', value: graph } : { type: 'other', value: type };
    case 6:
      return { type: 'floats', value: values.floats };
    case 7:
      return { type: 'ints', value: values.ints };
    case 8:
      return { type: 'strings', value: values.strings };
    case 9:
      return { type: 'tensors', value: values.tensors };
    case 10:
      return { type: 'graphs', value: values.graphs };
    default:
      return { type: 'other', value: type };
  }
}
