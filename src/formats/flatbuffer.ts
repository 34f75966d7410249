import type { Source } from './source.ts';

/** A flatbuffer points outside of itself. */
export class FlatbufferError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Reads values of a flatbuffer where they lie, every offset checked. */
export class Flatbuffer {
  readonly source: Source;

  constructor(source: Source) {
    this.source = source;
  }

  /** The root table. @throws FlatbufferError */
  root(): Table {
    return this.table(this.indirect(0));
  }

  /** Where the offset at `position` points to. */
  indirect(position: number): number {
    return position + this.view(position, 4).getUint32(0, true);
  }

  table(position: number): Table {
    const vtable = position - this.view(position, 4).getInt32(0, true);
    const vtableBytes = this.view(vtable, 4).getUint16(0, true);
    const tableBytes = this.view(vtable + 2, 2).getUint16(0, true);
    if (vtableBytes < 4 || vtableBytes % 2 !== 0)
      throw new FlatbufferError('a vtable is malformed', vtable);
    this.view(position, tableBytes);
    return new Table(this, position, vtable, vtableBytes);
  }

  view(position: number, length: number): DataView {
    if (position < 0 || position + length > this.source.size) {
      throw new FlatbufferError(`it points to byte ${position}, outside of the file`, position);
    }
    const bytes = this.source.view(position, length);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}

/** A vector of a flatbuffer: `length` elements from `start`. */
export interface Vector {
  readonly start: number;
  readonly length: number;
}

/** A table: fields by their number in the schema, undefined where they are left out. */
export class Table {
  readonly #buffer: Flatbuffer;
  readonly #position: number;
  readonly #vtable: number;
  readonly #vtableBytes: number;

  constructor(buffer: Flatbuffer, position: number, vtable: number, vtableBytes: number) {
    this.#buffer = buffer;
    this.#position = position;
    this.#vtable = vtable;
    this.#vtableBytes = vtableBytes;
  }

  #field(number: number): number | undefined {
    const slot = 4 + number * 2;
    if (slot + 2 > this.#vtableBytes) return undefined;
    const offset = this.#buffer.view(this.#vtable + slot, 2).getUint16(0, true);
    return offset === 0 ? undefined : this.#position + offset;
  }

  has(number: number): boolean {
    return this.#field(number) !== undefined;
  }

  int8(number: number): number | undefined {
    const at = this.#field(number);
    return at === undefined ? undefined : this.#buffer.view(at, 1).getInt8(0);
  }

  uint32(number: number): number | undefined {
    const at = this.#field(number);
    return at === undefined ? undefined : this.#buffer.view(at, 4).getUint32(0, true);
  }

  uint64(number: number): bigint | undefined {
    const at = this.#field(number);
    return at === undefined ? undefined : this.#buffer.view(at, 8).getBigUint64(0, true);
  }

  /** A vector whose elements have `size` bytes. */
  vector(number: number, size: number): Vector | undefined {
    const at = this.#field(number);
    if (at === undefined) return undefined;
    const position = this.#buffer.indirect(at);
    const length = this.#buffer.view(position, 4).getUint32(0, true);
    const start = position + 4;
    if (start + length * size > this.#buffer.source.size) {
      throw new FlatbufferError(
        `a vector of ${length} elements ends outside of the file`,
        position,
      );
    }
    return { start, length };
  }

  /** A vector of tables, one after the other. */
  *tables(number: number): Iterable<Table> {
    const vector = this.vector(number, 4);
    for (let index = 0; index < (vector?.length ?? 0); index++) {
      yield this.#buffer.table(this.#buffer.indirect((vector?.start ?? 0) + index * 4));
    }
  }

  text(number: number, limit: number): string | undefined {
    const vector = this.vector(number, 1);
    if (!vector) return undefined;
    return new TextDecoder().decode(
      this.#buffer.source.view(vector.start, Math.min(vector.length, limit)),
    );
  }
}
