import { TextDecoder } from 'node:util';
import type { Source } from './source.ts';

/** Wire types of the protobuf encoding; groups (3, 4) were removed from proto3. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** A varint has at most ten bytes (64 bits in groups of seven). */
const MAX_VARINT_BYTES = 10;

/** Thrown inside a reader, and turned into a problem by whoever reads the message. */
export class WireError extends Error {
  readonly kind: 'truncated' | 'malformed';
  readonly offset: number;

  constructor(kind: 'truncated' | 'malformed', message: string, offset: number) {
    super(message);
    this.kind = kind;
    this.offset = offset;
  }
}

/**
 * Walks the fields of one protobuf message between two offsets of a source, without reading what
 * it does not ask for. After `next()` returned true, the properties describe the field.
 */
export class FieldReader {
  readonly source: Source;
  readonly end: number;
  position: number;
  /** Field number. */
  number = 0;
  /** Wire type, see `WIRE`. */
  type = 0;
  /** Where the field's tag starts. */
  start = 0;
  /** Where its value lies. For `bytes`, `length` bytes follow `offset`. */
  offset = 0;
  length = 0;
  /** How many messages stand around this one. */
  readonly depth: number;
  #small = 0;
  /** Set where a number would not be exact. */
  #wide: bigint | undefined;

  constructor(source: Source, start: number, end: number, depth = 0) {
    this.source = source;
    this.position = start;
    this.end = end;
    this.depth = depth;
  }

  /** @throws WireError where the message breaks off or is no protobuf. */
  next(): boolean {
    if (this.position >= this.end) return false;
    this.start = this.position;
    this.readVarint();
    const tag = this.#small;
    this.number = Math.floor(tag / 8);
    this.type = tag % 8;
    if (this.number === 0 || this.number > 0x1fffffff) {
      throw new WireError('malformed', `field number ${this.number} is illegal`, this.start);
    }
    this.#readValue();
    return true;
  }

  /** The value of a varint or fixed field as int64 (protobuf's two's complement). */
  get int64(): bigint {
    return BigInt.asIntN(64, this.#wide ?? BigInt(this.#small));
  }

  /** The value as a number: exact up to 2^53, rounded above. */
  get number64(): number {
    return this.#wide === undefined ? this.#small : Number(BigInt.asIntN(64, this.#wide));
  }

  /** The value as int32: the low 32 bits, as protobuf's own readers take them. */
  get int32(): number {
    return this.#wide === undefined ? this.#small | 0 : Number(BigInt.asIntN(32, this.#wide));
  }

  /** The value of a fixed32 field as float. */
  get float(): number {
    const bytes = this.source.view(this.offset, 4);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
  }

  /** The bytes of a length-delimited field, at most `limit` of them; a copy. */
  bytes(limit: number): Uint8Array {
    return this.source.view(this.offset, Math.min(this.length, limit)).slice();
  }

  /** The text of a length-delimited field, at most `limit` bytes; undefined where it is no UTF-8. */
  text(limit: number): string | undefined {
    return decodeUtf8(this.source.view(this.offset, Math.min(this.length, limit)));
  }

  /** A reader of the embedded message. */
  message(): FieldReader {
    return new FieldReader(this.source, this.offset, this.offset + this.length, this.depth + 1);
  }

  #readValue(): void {
    this.offset = this.position;
    this.length = 0;
    switch (this.type) {
      case WIRE.varint:
        this.readVarint();
        return;
      case WIRE.fixed64:
        this.#fixed(8);
        return;
      case WIRE.fixed32:
        this.#fixed(4);
        return;
      case WIRE.bytes:
        this.#delimited();
        return;
      default:
        throw new WireError('malformed', `wire type ${this.type} is illegal`, this.start);
    }
  }

  #fixed(size: number): void {
    if (this.position + size > this.end) throw this.#cut('a fixed-width value');
    const bytes = this.source.view(this.position, size);
    let value = 0n;
    for (let index = size - 1; index >= 0; index--)
      value = (value << 8n) | BigInt(bytes[index] ?? 0);
    this.#setWide(value);
    this.position += size;
  }

  #delimited(): void {
    this.readVarint();
    const length = this.#small;
    this.offset = this.position;
    if (this.offset + length > this.end) {
      const left = this.end - this.offset;
      throw new WireError(
        'truncated',
        `field ${this.number} announces ${length} bytes and ${left} are left`,
        this.start,
      );
    }
    this.length = length;
    this.position = this.offset + length;
  }

  /** Reads a varint at `position` into the current value. */
  readVarint(): void {
    const bytes = this.source.view(
      this.position,
      Math.min(MAX_VARINT_BYTES, this.end - this.position),
    );
    let value = 0;
    let scale = 1;
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index] ?? 0;
      if (index === 7) {
        this.#longVarint(bytes);
        return;
      }
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.position += index + 1;
        this.#small = value;
        this.#wide = undefined;
        return;
      }
      scale *= 128;
    }
    throw bytes.length < MAX_VARINT_BYTES ? this.#cut('a varint') : this.#tooLong();
  }

  /** More than 49 bits: beyond what a number adds up exactly. */
  #longVarint(bytes: Uint8Array): void {
    let value = 0n;
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index] ?? 0;
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) {
        this.position += index + 1;
        this.#setWide(BigInt.asUintN(64, value));
        return;
      }
    }
    throw bytes.length < MAX_VARINT_BYTES ? this.#cut('a varint') : this.#tooLong();
  }

  #setWide(value: bigint): void {
    this.#small = Number(value);
    this.#wide = value > BigInt(Number.MAX_SAFE_INTEGER) ? value : undefined;
  }

  #cut(what: string): WireError {
    return new WireError('truncated', `the message ends inside ${what}`, this.position);
  }

  #tooLong(): WireError {
    return new WireError('malformed', 'a varint has more than ten bytes', this.position);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Strict UTF-8; undefined where the bytes are not. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
