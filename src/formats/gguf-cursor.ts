import type { Source } from './source.ts';

/** Ends the reading of a GGUF header. */
export class GgufEnd extends Error {
  readonly kind: 'truncated' | 'malformed' | 'limit';
  readonly offset: number;

  constructor(kind: GgufEnd['kind'], message: string, offset: number) {
    super(message);
    this.kind = kind;
    this.offset = offset;
  }
}

/** Reads little-endian values forwards. */
export class GgufCursor {
  readonly source: Source;
  offset = 0;
  /** Counts and lengths have 64 bits from version 2 on, 32 before. */
  wide = true;

  constructor(source: Source) {
    this.source = source;
  }

  fail(kind: GgufEnd['kind'], message: string): never {
    throw new GgufEnd(kind, message, this.offset);
  }

  need(length: number): void {
    if (this.offset + length <= this.source.size) return;
    this.fail(
      'truncated',
      `${length} bytes are announced and ${this.source.size - this.offset} are left`,
    );
  }

  skip(length: number): void {
    this.need(length);
    this.offset += length;
  }

  uint32(): number {
    return this.#view(4).getUint32(0, true);
  }

  uint64(wide: boolean): bigint {
    return wide ? this.#view(8).getBigUint64(0, true) : BigInt(this.uint32());
  }

  /** A count or length; rounded beyond 2^53, where no file reaches. */
  count(): number {
    return Number(this.uint64(this.wide));
  }

  /** A string of at most `limit` bytes, of which the first `kept` are returned. */
  text(limit: number, kept = limit): string {
    const length = this.count();
    if (length > limit) this.fail('malformed', `a name claims ${length} bytes`);
    this.need(length);
    const bytes = this.source.view(this.offset, Math.min(length, kept));
    this.offset += length;
    return new TextDecoder().decode(bytes);
  }

  #view(length: number): DataView {
    this.need(length);
    const bytes = this.source.view(this.offset, length);
    this.offset += length;
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }
}
