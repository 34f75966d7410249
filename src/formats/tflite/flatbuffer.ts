import { StructureError, type Problems } from '../problem.ts';
import type { Source } from '../source.ts';

/** Tables and vectors of one file. The largest models have some 100,000 tensors. */
const MAX_STRUCTURES = 1_000_000;

/** Text of a name. */
const MAX_TEXT_BYTES = 64 * 1024;

/** All text of one file together. */
const MAX_ALL_TEXT_BYTES = 64 * 1024 * 1024;

/** Thrown where an offset leads out of the file; the reader of the table reports it. */
export class FlatbufferError extends StructureError {}

/** Ends the reading of the file. */
export class LimitReached extends FlatbufferError {}

/** Reads the structure of FlatBuffers: every offset is checked before it is followed. */
export class Flatbuffer {
  readonly source: Source;
  readonly problems: Problems;
  #structures = 0;
  #text = 0;

  constructor(source: Source, problems: Problems) {
    this.source = source;
    this.problems = problems;
  }

  u8(offset: number): number {
    return this.#view(offset, 1).getUint8(0);
  }

  u16(offset: number): number {
    return this.#view(offset, 2).getUint16(0, true);
  }

  u32(offset: number): number {
    return this.#view(offset, 4).getUint32(0, true);
  }

  i32(offset: number): number {
    return this.#view(offset, 4).getInt32(0, true);
  }

  /** Rounded above 2^53, where it is beyond any file. */
  u64(offset: number): number {
    return Number(this.#view(offset, 8).getBigUint64(0, true));
  }

  /** The table at a place; its vtable must lie in the file. */
  table(offset: number): Table {
    this.count(offset, 1);
    return new Table(this, offset);
  }

  /** Follows the offset that stands at a place. */
  follow(at: number): number {
    const distance = this.u32(at);
    const target = at + distance;
    if (distance === 0 || target + 4 > this.source.size) {
      throw new FlatbufferError('malformed', 'an offset leads out of the file', at);
    }
    return target;
  }

  /** Runs one step; what it throws becomes a problem at `path`. A limit of the file ends it all. */
  attempt<T>(path: string, step: () => T): T | undefined {
    try {
      return step();
    } catch (thrown) {
      if (!(thrown instanceof FlatbufferError) || thrown instanceof LimitReached) throw thrown;
      this.problems.add(thrown.kind, thrown.message, thrown.offset, path);
      return undefined;
    }
  }

  text(offset: number): string {
    const length = this.u32(offset);
    if (offset + 4 + length > this.source.size) {
      throw new FlatbufferError('malformed', 'a text ends beyond the file', offset);
    }
    const bytes = Math.min(length, MAX_TEXT_BYTES);
    this.#text += bytes;
    if (this.#text > MAX_ALL_TEXT_BYTES) {
      throw new LimitReached('limit', `more than ${MAX_ALL_TEXT_BYTES} bytes of text`, offset);
    }
    return new TextDecoder().decode(this.source.view(offset + 4, bytes));
  }

  count(offset: number, structures: number): void {
    this.#structures += structures;
    if (this.#structures > MAX_STRUCTURES) {
      throw new LimitReached('limit', `more than ${MAX_STRUCTURES} tables and values`, offset);
    }
  }

  #view(offset: number, length: number): DataView {
    const bytes = offset < 0 ? new Uint8Array(0) : this.source.view(offset, length);
    if (bytes.length < length) {
      throw new FlatbufferError('truncated', 'a value lies beyond the file', offset);
    }
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }
}

/** Where the elements of a vector lie. */
export interface Vector {
  readonly start: number;
  readonly length: number;
}

export class Table {
  readonly offset: number;
  readonly #buffer: Flatbuffer;
  readonly #vtable: number;
  readonly #vtableBytes: number;
  readonly #tableBytes: number;

  constructor(buffer: Flatbuffer, offset: number) {
    this.#buffer = buffer;
    this.offset = offset;
    this.#vtable = offset - buffer.i32(offset);
    this.#vtableBytes = buffer.u16(this.#vtable);
    this.#tableBytes = buffer.u16(this.#vtable + 2);
    const { size } = buffer.source;
    const fits = this.#vtable + this.#vtableBytes <= size && offset + this.#tableBytes <= size;
    if (!fits || this.#vtableBytes < 4 || this.#tableBytes < 4) {
      throw new FlatbufferError('malformed', 'a table or its vtable leaves the file', offset);
    }
  }

  /** Where field `index` stands; undefined where it was left out. */
  field(index: number, bytes: number): number | undefined {
    const entry = 4 + 2 * index;
    if (entry + 2 > this.#vtableBytes) return undefined;
    const within = this.#buffer.u16(this.#vtable + entry);
    if (within === 0) return undefined;
    if (within + bytes > this.#tableBytes) {
      throw new FlatbufferError('malformed', `field ${index} lies outside its table`, this.offset);
    }
    return this.offset + within;
  }

  u8(index: number): number {
    const at = this.field(index, 1);
    return at === undefined ? 0 : this.#buffer.u8(at);
  }

  u32(index: number): number {
    const at = this.field(index, 4);
    return at === undefined ? 0 : this.#buffer.u32(at);
  }

  i32(index: number): number {
    return this.u32(index) | 0;
  }

  u64(index: number): number {
    const at = this.field(index, 8);
    return at === undefined ? 0 : this.#buffer.u64(at);
  }

  text(index: number): string {
    const at = this.field(index, 4);
    return at === undefined ? '' : this.#buffer.text(this.#buffer.follow(at));
  }

  /** A vector of elements of so many bytes; undefined where it was left out. */
  vector(index: number, elementBytes: number): Vector | undefined {
    const at = this.field(index, 4);
    if (at === undefined) return undefined;
    const target = this.#buffer.follow(at);
    const length = this.#buffer.u32(target);
    const start = target + 4;
    if (start + length * elementBytes > this.#buffer.source.size) {
      throw new FlatbufferError('malformed', `a vector of ${length} ends beyond the file`, target);
    }
    return { start, length };
  }

  /** Numbers of 32 bits. */
  integers(index: number): number[] {
    const { start, length } = this.vector(index, 4) ?? { start: 0, length: 0 };
    this.#buffer.count(start, length);
    return Array.from({ length }, (_, item) => this.#buffer.i32(start + 4 * item));
  }

  /** Calls `read` for each table of a vector; one that cannot be read becomes a problem. */
  tables<T>(
    index: number,
    path: string,
    read: (table: Table, path: string) => T,
  ): (T | undefined)[] {
    const buffer = this.#buffer;
    const vector = buffer.attempt(path, () => this.vector(index, 4));
    const { start, length } = vector ?? { start: 0, length: 0 };
    const found: (T | undefined)[] = [];
    for (let item = 0; item < length; item++) {
      const place = `${path}[${item}]`;
      found.push(
        buffer.attempt(place, () => read(buffer.table(buffer.follow(start + 4 * item)), place)),
      );
    }
    return found;
  }
}
