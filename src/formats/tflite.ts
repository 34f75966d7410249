import { Flatbuffer, FlatbufferError, type Table } from './flatbuffer.ts';
import { Problems, type Problem } from './problem.ts';
import type { Source } from './source.ts';

/** Bits of one element by TensorType (schema.fbs); strings and resources have no fixed size. */
const TYPE_BITS: Readonly<Record<number, number>> = {
  0: 32,
  1: 16,
  2: 32,
  3: 8,
  4: 64,
  6: 8,
  7: 16,
  8: 64,
  9: 8,
  10: 64,
  11: 128,
  12: 64,
  15: 32,
  16: 16,
  17: 4,
  18: 16,
};

/** Operators, tensors and buffers of one file; the largest models have some ten thousand. */
const MAX_ENTRIES = 500_000;

const MAX_NAME_BYTES = 4096;

/** BuiltinOperator.CUSTOM */
const CUSTOM = 32;

export interface TfliteTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: number;
  /** Bytes of its values; undefined where it has none, or is sparse. */
  readonly bytes: number | undefined;
}

export interface Tflite {
  /** Operators that are not built in, by name. */
  readonly customOperators: readonly string[];
  readonly tensors: readonly TfliteTensor[];
  readonly problems: readonly Problem[];
}

/** Reads the structure of a TensorFlow Lite model (schema.fbs, version 3). */
export function readTflite(source: Source): Tflite {
  const reading = new TfliteReading(new Flatbuffer(source));
  try {
    reading.read();
  } catch (thrown) {
    if (!(thrown instanceof FlatbufferError)) throw thrown;
    reading.problems.add('malformed', thrown.message, thrown.offset);
  }
  const { customOperators, tensors, problems } = reading;
  return { customOperators, tensors, problems: problems.list };
}

class TfliteReading {
  readonly problems = new Problems();
  readonly customOperators: string[] = [];
  readonly tensors: TfliteTensor[] = [];
  readonly #buffer: Flatbuffer;
  #entries = 0;

  constructor(buffer: Flatbuffer) {
    this.#buffer = buffer;
  }

  /** Model: version 0, operator_codes 1, subgraphs 2, buffers 4. */
  read(): void {
    const { source } = this.#buffer;
    const identifier = Buffer.from(source.view(4, 4)).toString('latin1');
    if (identifier !== 'TFL3') {
      throw new FlatbufferError(`its identifier is ${JSON.stringify(identifier)}, not TFL3`, 4);
    }
    const model = this.#buffer.root();
    for (const code of model.tables(1)) this.#operator(code);
    const buffers = [...this.#counted(model.tables(4))].map((table) => this.#bufferBytes(table));
    let subgraphs = 0;
    for (const subgraph of model.tables(2)) {
      subgraphs += 1;
      for (const tensor of this.#counted(subgraph.tables(0))) this.#tensor(tensor, buffers);
      this.#operators(subgraph);
    }
    if (subgraphs === 0) this.problems.add('malformed', 'there is no subgraph', 0);
  }

  /** Only that every operator lies in the file. */
  #operators(subgraph: Table): void {
    const operators = this.#counted(subgraph.tables(3))[Symbol.iterator]();
    while (operators.next().done !== true);
  }

  *#counted(tables: Iterable<Table>): Iterable<Table> {
    for (const table of tables) {
      this.#entries += 1;
      if (this.#entries > MAX_ENTRIES) {
        this.problems.add('limit', `more than ${MAX_ENTRIES} tensors, operators and buffers`, 0);
        return;
      }
      yield table;
    }
  }

  /** OperatorCode: deprecated_builtin_code 0, custom_code 1, builtin_code 3. */
  #operator(code: Table): void {
    const builtin = Math.max(code.int8(0) ?? 0, code.uint32(3) ?? 0);
    const name = code.text(1, MAX_NAME_BYTES);
    if (builtin === CUSTOM && name !== undefined) this.customOperators.push(name);
  }

  /** Buffer: data 0, offset 1, size 2. */
  #bufferBytes(table: Table): number {
    const data = table.vector(0, 1);
    if (data) return data.length;
    const offset = table.uint64(1) ?? 0n;
    const size = table.uint64(2) ?? 0n;
    // Offset 1 is what a writer leaves that had nothing to put there.
    if (offset > 1n && offset + size > BigInt(this.#buffer.source.size)) {
      throw new FlatbufferError('a buffer ends outside of the file', Number(offset));
    }
    return Number(size);
  }

  /** Tensor: shape 0, type 1, buffer 2, name 3, sparsity 6. */
  #tensor(table: Table, buffers: readonly number[]): void {
    const shape = table.vector(0, 4);
    const sizes = Array.from({ length: Math.min(shape?.length ?? 0, 64) }, (_, index) =>
      this.#buffer.view((shape?.start ?? 0) + index * 4, 4).getInt32(0, true),
    );
    const index = table.uint32(2) ?? 0;
    const name = table.text(3, MAX_NAME_BYTES) ?? '';
    const held = buffers[index];
    if (held === undefined) {
      this.problems.add(
        'malformed',
        `it names buffer ${index} of ${buffers.length}`,
        0,
        `tensor '${name}'`,
      );
    }
    const isSparse = table.has(6);
    const bytes = held === undefined || held === 0 || isSparse ? undefined : held;
    this.tensors.push({ name, shape: sizes, type: table.int8(1) ?? 0, bytes });
  }
}

/** Bytes that a tensor of this shape and type has; undefined where that is not fixed. */
export function tfliteBytes({ shape, type }: TfliteTensor): number | undefined {
  const bits = TYPE_BITS[type];
  if (bits === undefined || shape.some((size) => size < 0)) return undefined;
  return Math.ceil(shape.reduce((product, size) => product * size, bits) / 8);
}
