import { GgufCursor, GgufEnd } from './gguf-cursor.ts';
import { Problems, type Problem } from './problem.ts';
import type { Source } from './source.ts';

/** GGUF value types by number; the sizes of the fixed ones in bytes. */
const SCALAR_BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
/** `GGUF`, read as a little-endian number. */
const MAGIC = 0x46554747;

const TYPE_UINT32 = 4;
const TYPE_BOOL = 7;
const TYPE_STRING = 8;
const TYPE_ARRAY = 9;

/** The specification: keys have at most 2^16 - 1 bytes. */
const MAX_KEY_BYTES = 65_535;

/** Real files nest no arrays at all; ggml refuses them. */
const MAX_ARRAY_DEPTH = 4;

/** Text that is kept: templates are read, vocabularies are not. */
const MAX_TEXT_BYTES = 1024 * 1024;

/** Entries of one file: the largest models have some thousand tensors and a hundred keys. */
const MAX_ENTRIES = 100_000;

/** Templates in one list: a model has one for each of its few uses. */
const MAX_LISTED = 100;

/** Keys under which templates stand: `tokenizer.chat_template`, `tokenizer.chat_template.rag`. */
export const isTemplate = (key: string): boolean => /template/i.test(key);

/** GGML_MAX_DIMS */
const MAX_DIMENSIONS = 4;

/** general.alignment, where it is not set. */
const DEFAULT_ALIGNMENT = 32;

export interface GgufTensor {
  readonly name: string;
  readonly dims: readonly bigint[];
  readonly type: number;
  /** From the start of the data. */
  readonly offset: bigint;
}

export interface Gguf {
  readonly source: Source;
  readonly version: number;
  /** Strings and numbers by key; arrays are undefined. */
  readonly metadata: ReadonlyMap<string, string | number | undefined>;
  readonly tensors: readonly GgufTensor[];
  readonly alignment: number;
  /** Where the data start; undefined where the header could not be read to its end. */
  readonly dataOffset: number | undefined;
  readonly problems: readonly Problem[];
}

/** Reads the header of a GGUF file, versions 1 to 3; the tensors stay where they are. */
export function readGguf(source: Source): Gguf {
  const reading = new GgufReading(source);
  try {
    reading.read();
  } catch (thrown) {
    if (!(thrown instanceof GgufEnd)) throw thrown;
    reading.problems.add(thrown.kind, thrown.message, thrown.offset, reading.place);
  }
  const { version, metadata, tensors, alignment, dataOffset, problems } = reading;
  return { source, version, metadata, tensors, alignment, dataOffset, problems: problems.list };
}

class GgufReading {
  readonly problems = new Problems();
  readonly metadata = new Map<string, string | number | undefined>();
  readonly tensors: GgufTensor[] = [];
  version = 0;
  alignment = DEFAULT_ALIGNMENT;
  dataOffset: number | undefined;
  place = 'header';
  readonly #cursor: GgufCursor;

  constructor(source: Source) {
    this.#cursor = new GgufCursor(source);
  }

  read(): void {
    const cursor = this.#cursor;
    if (cursor.uint32() !== MAGIC) cursor.fail('malformed', 'it does not begin with GGUF');
    this.version = cursor.uint32();
    if (this.version === 0x03000000 || this.version === 0x02000000) {
      cursor.fail('limit', 'the file is big-endian, which is not read here');
    }
    if (this.version < 1 || this.version > 3)
      cursor.fail('malformed', `there is no version ${this.version}`);
    cursor.wide = this.version > 1;
    const tensorCount = cursor.count();
    const keyCount = cursor.count();
    if (tensorCount > MAX_ENTRIES || keyCount > MAX_ENTRIES) {
      cursor.fail('malformed', `it claims ${tensorCount} tensors and ${keyCount} keys`);
    }
    for (let index = 0; index < keyCount; index++) this.#readKey(index);
    for (let index = 0; index < tensorCount; index++) this.#readTensor(index);
    this.dataOffset = Math.ceil(cursor.offset / this.alignment) * this.alignment;
  }

  #readKey(index: number): void {
    const cursor = this.#cursor;
    this.place = `key ${index}`;
    const key = cursor.text(MAX_KEY_BYTES);
    this.place = `key '${key}'`;
    if (key === '') this.#wrong('a key is empty');
    if (this.metadata.has(key)) this.#wrong('the key appears twice');
    const type = cursor.uint32();
    this.metadata.set(key, this.#readValue(key, type, 0));
    if (key === 'general.alignment') this.#setAlignment(type);
  }

  #setAlignment(type: number): void {
    const value = this.metadata.get('general.alignment');
    const isPower = typeof value === 'number' && value > 0 && (value & (value - 1)) === 0;
    // Pages have 4 KiB, huge ones 2 MiB: nobody aligns tensors beyond.
    if (type !== TYPE_UINT32 || !isPower || value > 2 * 1024 * 1024) {
      this.#cursor.fail(
        'malformed',
        `the alignment ${String(value)} is no power of two of type uint32`,
      );
    }
    this.alignment = value;
  }

  #readValue(key: string, type: number, depth: number): string | number | undefined {
    const cursor = this.#cursor;
    if (type === TYPE_STRING) return cursor.text(Infinity, MAX_TEXT_BYTES);
    if (type === TYPE_ARRAY) {
      this.#readArray(key, depth);
      return undefined;
    }
    const bytes = SCALAR_BYTES[type];
    if (bytes === undefined) return cursor.fail('malformed', `there is no value type ${type}`);
    if (type === TYPE_UINT32) return cursor.uint32();
    const [first = 0] = cursor.source.view(cursor.offset, 1);
    if (type === TYPE_BOOL && first > 1) this.#wrong(`a boolean has the value ${first}`);
    cursor.skip(bytes);
    return undefined;
  }

  #readArray(key: string, depth: number): void {
    const cursor = this.#cursor;
    if (depth >= MAX_ARRAY_DEPTH) cursor.fail('malformed', 'arrays nest too deep');
    const type = cursor.uint32();
    const count = cursor.count();
    const bytes = SCALAR_BYTES[type];
    if (bytes !== undefined) {
      cursor.skip(count * bytes);
      return;
    }
    if (type !== TYPE_STRING && type !== TYPE_ARRAY)
      cursor.fail('malformed', `there is no value type ${type}`);
    cursor.need(count * (cursor.wide ? 8 : 4));
    for (let index = 0; index < count; index++) {
      if (type === TYPE_ARRAY) this.#readArray(key, depth + 1);
      else if (index < MAX_LISTED && isTemplate(key)) {
        this.metadata.set(`${key}[${index}]`, cursor.text(Infinity, MAX_TEXT_BYTES));
      } else cursor.skip(cursor.count());
    }
  }

  #readTensor(index: number): void {
    const cursor = this.#cursor;
    this.place = `tensor ${index}`;
    const name = cursor.text(MAX_KEY_BYTES);
    this.place = `tensor '${name}'`;
    const rank = cursor.uint32();
    if (rank > MAX_DIMENSIONS) cursor.fail('malformed', `it has ${rank} dimensions`);
    const dims = Array.from({ length: rank }, () => cursor.uint64(cursor.wide));
    const type = cursor.uint32();
    this.tensors.push({ name, dims, type, offset: cursor.uint64(true) });
  }

  #wrong(message: string): void {
    this.problems.add('inconsistent', message, this.#cursor.offset, this.place);
  }
}
