import type { Source } from '../source.ts';

/** Long enough that most opcodes need no new read. */
const CHUNK_BYTES = 256 * 1024;

/** Longest line of protocol 0 that is kept; longer ones are skipped over, not lost. */
const MAX_LINE_BYTES = 64 * 1024;

/** The stream ended inside an opcode. */
export class StreamEnd extends Error {}

/** Reads a pickle stream forward in chunks, so that its size does not matter. */
export class Cursor {
  readonly source: Source;
  readonly end: number;
  #bytes: Uint8Array = new Uint8Array(0);
  /** Offset of the chunk in the source. */
  #base: number;
  /** Position in the chunk. */
  #at = 0;

  constructor(source: Source, start: number, end: number) {
    this.source = source;
    this.#base = start;
    this.end = end;
  }

  get offset(): number {
    return this.#base + this.#at;
  }

  seek(offset: number): void {
    const at = offset - this.#base;
    if (at >= 0 && at <= this.#bytes.length) {
      this.#at = at;
    } else {
      this.#base = offset;
      this.#at = 0;
      this.#bytes = this.#bytes.subarray(0, 0);
    }
  }

  /** @throws StreamEnd */
  uint8(): number {
    if (this.#at >= this.#bytes.length) this.#need(1);
    return this.#bytes[this.#at++] ?? 0;
  }

  uint16(): number {
    this.#need(2);
    const value = (this.#bytes[this.#at] ?? 0) | ((this.#bytes[this.#at + 1] ?? 0) << 8);
    this.#at += 2;
    return value;
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  int32(): number {
    this.#need(4);
    const bytes = this.#bytes;
    const at = this.#at;
    this.#at += 4;
    return (
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24)
    );
  }

  /** As a number: a length beyond 2^53 cannot be in any file, and ends the stream anyway. */
  uint64(): number {
    const low = this.uint32();
    return low + this.uint32() * 2 ** 32;
  }

  /** Skips `length` bytes and returns where they start. */
  skip(length: number): number {
    const start = this.offset;
    if (start + length > this.end) throw new StreamEnd();
    this.seek(start + length);
    return start;
  }

  /** Skips a line; returns where it starts and its length without the newline. */
  line(): { offset: number; length: number } {
    const offset = this.offset;
    for (;;) {
      if (this.#at >= this.#bytes.length) this.#need(1);
      const found = this.#bytes.indexOf(0x0a, this.#at);
      if (found >= 0) {
        this.#at = found + 1;
        return { offset, length: this.offset - 1 - offset };
      }
      this.#at = this.#bytes.length;
    }
  }

  /** The text of a line, for names and numbers. */
  lineText(): string {
    const { offset, length } = this.line();
    const bytes = this.source.view(offset, Math.min(length, MAX_LINE_BYTES));
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  }

  #need(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    const offset = this.offset;
    if (offset + count > this.end) throw new StreamEnd();
    // A copy: the source may reuse its window for the names that are looked up meanwhile.
    this.#bytes = this.source.view(offset, Math.min(CHUNK_BYTES, this.end - offset)).slice();
    this.#base = offset;
    this.#at = 0;
    if (this.#bytes.length < count) throw new StreamEnd();
  }
}
