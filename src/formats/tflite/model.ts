import { Problems, type Problem } from '../problem.ts';
import type { Source } from '../source.ts';
import { Flatbuffer, LimitReached, type Table } from './flatbuffer.ts';

/** The identifier of the schema, behind the offset of the root table. */
export const IDENTIFIER = 'TFL3';

export interface TfliteTensor {
  readonly path: string;
  readonly name: string;
  readonly shape: readonly number[];
  /** TensorType of the schema. */
  readonly type: number;
  readonly buffer: number;
  readonly isSparse: boolean;
}

export interface TfliteBuffer {
  readonly offset: number;
  readonly length: number;
  /** The data stand behind the FlatBuffer, at an offset of the file. */
  readonly isExternal: boolean;
}

export interface TfliteOperator {
  readonly path: string;
  /** Index of its operator code. */
  readonly code: number;
  /** Tensors of its subgraph; -1 for one that was left out. */
  readonly tensors: readonly number[];
}

export interface TfliteSubgraph {
  readonly path: string;
  readonly tensors: readonly (TfliteTensor | undefined)[];
  /** Indices of tensors that go in and out. */
  readonly ends: readonly number[];
  readonly operators: readonly (TfliteOperator | undefined)[];
}

export interface TfliteOperatorCode {
  readonly builtin: number;
  /** The name of a custom operator; '' for a builtin one. */
  readonly custom: string;
}

export interface Tflite {
  readonly version: number;
  readonly operatorCodes: readonly (TfliteOperatorCode | undefined)[];
  readonly subgraphs: readonly (TfliteSubgraph | undefined)[];
  readonly buffers: readonly (TfliteBuffer | undefined)[];
  /** Named buffers beside those of tensors. */
  readonly metadata: readonly { readonly name: string; readonly buffer: number }[];
  readonly problems: readonly Problem[];
}

/** Reads the structure of a TensorFlow Lite model (schema version 3); weights stay where they are. */
export function readTflite(source: Source): Tflite {
  const problems = new Problems();
  const buffer = new Flatbuffer(source, problems);
  const model = new Model(buffer);
  try {
    buffer.attempt('', () => {
      model.read();
    });
  } catch (thrown) {
    if (!(thrown instanceof LimitReached)) throw thrown;
    problems.add('limit', thrown.message, thrown.offset);
  }
  const { version, operatorCodes, subgraphs, buffers, metadata } = model;
  return { version, operatorCodes, subgraphs, buffers, metadata, problems: problems.list };
}

class Model {
  version = 0;
  operatorCodes: Tflite['operatorCodes'] = [];
  subgraphs: Tflite['subgraphs'] = [];
  buffers: Tflite['buffers'] = [];
  metadata: Tflite['metadata'] = [];
  readonly #buffer: Flatbuffer;

  constructor(buffer: Flatbuffer) {
    this.#buffer = buffer;
  }

  read(): void {
    const { source, problems } = this.#buffer;
    const found = Buffer.from(source.view(4, 4)).toString('latin1');
    if (found !== IDENTIFIER) {
      problems.add('malformed', `the identifier is '${found}' and not ${IDENTIFIER}`, 4);
    }
    const root = this.#buffer.table(this.#buffer.follow(0));
    this.version = root.u32(0);
    this.operatorCodes = root.tables(1, 'operator_codes', readOperatorCode);
    this.subgraphs = root.tables(2, 'subgraphs', readSubgraph);
    this.buffers = root.tables(4, 'buffers', (table) => this.#readBuffer(table));
    const named = root.tables(6, 'metadata', (table) => ({
      name: table.text(0),
      buffer: table.u32(1),
    }));
    this.metadata = named.filter((entry) => entry !== undefined);
  }

  /** Data in a vector, or behind the FlatBuffer (`offset` and `size`, for models over 2 GiB). */
  #readBuffer(table: Table): TfliteBuffer {
    const { source, problems } = this.#buffer;
    const offset = table.u64(1);
    const length = table.u64(2);
    // The values 0 and 1 mean that the data are in the vector, or nowhere.
    if (offset > 1) {
      if (offset + length > source.size) {
        problems.add('truncated', `data at ${offset} end beyond the file`, table.offset, 'buffers');
      }
      return { offset, length, isExternal: true };
    }
    const { start = 0, length: bytes = 0 } = table.vector(0, 1) ?? {};
    return { offset: start, length: bytes, isExternal: false };
  }
}

/** Codes up to here fit into the old field of one byte. */
const LAST_SMALL_CODE = 127;

function readOperatorCode(table: Table): TfliteOperatorCode {
  const small = table.u8(0);
  // Readers take the larger of the two: old writers know the first, new ones both.
  return {
    builtin: Math.max(Math.min(small, LAST_SMALL_CODE), table.u32(3)),
    custom: table.text(1),
  };
}

function readSubgraph(table: Table, path: string): TfliteSubgraph {
  return {
    path,
    tensors: table.tables(0, `${path}.tensors`, readTensor),
    ends: [...table.integers(1), ...table.integers(2)],
    operators: table.tables(3, `${path}.operators`, (operator, place) => ({
      path: place,
      code: operator.u32(0),
      tensors: [...operator.integers(1), ...operator.integers(2), ...operator.integers(8)],
    })),
  };
}

function readTensor(table: Table, path: string): TfliteTensor {
  return {
    path,
    shape: table.integers(0),
    type: table.u8(1),
    buffer: table.u32(2),
    name: table.text(3),
    isSparse: table.field(6, 4) !== undefined,
  };
}
