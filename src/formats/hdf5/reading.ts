import { Problems, StructureError } from '../problem.ts';
import type { Source } from '../source.ts';
import { lookup3 } from './checksum.ts';

/**
 * Structures of one file: headers, nodes, heap objects. Each costs a read; the largest published
 * Keras models have some 50,000, and a crafted file can hold one in every few bytes.
 */
const MAX_STRUCTURES = 300_000;

/** Entries within structures: links, chunks, strings. Cheaper, so there may be more. */
const MAX_ENTRIES = 3_000_000;

/** Names and strings of one file together: what keeps memory bounded. */
const MAX_TEXT_BYTES = 128 * 1024 * 1024;

/** One structure in memory. The largest in use hold a model's configuration, tens of MB of JSON. */
const MAX_STRUCTURE_BYTES = 64 * 1024 * 1024;

/** Thrown inside the reader, and turned into a problem of the object that is being read. */
export class Hdf5Error extends StructureError {}

/** Ends the reading of the file: its limits hold for the file as a whole. */
export class LimitReached extends Hdf5Error {}

/** The state of reading one HDF5 file. */
export class Reading {
  readonly source: Source;
  readonly problems = new Problems();
  /** Where address 0 lies in the source: behind a user block, or 0. */
  base = 0;
  /** "Size of offsets" and "size of lengths" of the superblock. */
  offsetBytes = 8;
  lengthBytes = 8;
  #structures = 0;
  #entries = 0;
  #text = 0;

  constructor(source: Source) {
    this.source = source;
  }

  /** A cursor over a copy of one structure. @throws Hdf5Error where the file ends before it does. */
  structure(address: number | undefined, length: number, what: string): Cursor {
    if (address === undefined) throw new Hdf5Error('malformed', `${what} has no address`, 0);
    const start = this.base + address;
    this.#structures += 1;
    if (this.#structures > MAX_STRUCTURES) {
      throw new LimitReached('limit', `more than ${MAX_STRUCTURES} structures`, start);
    }
    if (length > MAX_STRUCTURE_BYTES) {
      throw new Hdf5Error('limit', `${what} claims ${length} bytes`, start);
    }
    if (!this.holds(address, length)) {
      throw new Hdf5Error('truncated', `${what} ends beyond the file`, start);
    }
    return new Cursor(this.source.view(start, length).slice(), start, this);
  }

  /** Whether the file has these bytes. */
  holds(address: number, length: number): boolean {
    return this.base + address + length <= this.source.size;
  }

  /** Counts entries within a structure against the limit. */
  spend(count: number, offset: number): void {
    this.#entries += count;
    if (this.#entries > MAX_ENTRIES) {
      throw new LimitReached('limit', `more than ${MAX_ENTRIES} entries`, offset);
    }
  }

  /** Counts text that is kept against the limit. */
  spendText(bytes: number, offset: number): void {
    this.#text += bytes;
    if (this.#text > MAX_TEXT_BYTES) {
      throw new LimitReached('limit', `more than ${MAX_TEXT_BYTES} bytes of text`, offset);
    }
  }

  /** Runs one step; what it throws becomes a problem at `path`. A limit of the file ends it all. */
  attempt<T>(path: string, step: () => T): T | undefined {
    try {
      return step();
    } catch (thrown) {
      if (!(thrown instanceof Hdf5Error) || thrown instanceof LimitReached) throw thrown;
      this.problems.add(thrown.kind, thrown.message, thrown.offset, path);
      return undefined;
    }
  }
}

/** Reads fields one after another; all numbers are little-endian. */
export class Cursor {
  readonly bytes: Uint8Array;
  /** Of the first byte, from the start of the source. */
  readonly origin: number;
  readonly reading: Reading;
  readonly #view: DataView;
  position = 0;

  constructor(bytes: Uint8Array, origin: number, reading: Reading) {
    this.bytes = bytes;
    this.origin = origin;
    this.reading = reading;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.position;
  }

  /** From the start of the source. */
  get offset(): number {
    return this.origin + this.position;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** An unsigned number of 1 to 8 bytes; above 2^53 it is rounded, and beyond any file. */
  unsigned(size: number): number {
    const start = this.#take(size);
    let value = 0;
    for (let index = size - 1; index >= 0; index--) {
      value = value * 256 + (this.bytes[start + index] ?? 0);
    }
    return value;
  }

  length(): number {
    return this.unsigned(this.reading.lengthBytes);
  }

  /** Undefined for the "undefined address", all bits set. */
  address(): number | undefined {
    const start = this.position;
    const value = this.unsigned(this.reading.offsetBytes);
    const undefinedAddress = this.bytes
      .subarray(start, this.position)
      .every((byte) => byte === 255);
    return undefinedAddress ? undefined : value;
  }

  skip(count: number): void {
    this.#take(count);
  }

  /** To the next multiple of eight, or to the end. */
  align(): void {
    this.position = Math.min(this.bytes.length, Math.ceil(this.position / 8) * 8);
  }

  take(count: number): Uint8Array {
    const start = this.#take(count);
    return this.bytes.subarray(start, start + count);
  }

  /** A cursor over the next `count` bytes. */
  part(count: number): Cursor {
    const { offset } = this;
    return new Cursor(this.take(count), offset, this.reading);
  }

  /** Text up to its NUL, or all of `count` bytes; what is no UTF-8 becomes U+FFFD. */
  text(count: number): string {
    const bytes = this.take(count);
    const end = bytes.indexOf(0);
    this.reading.spendText(count, this.offset);
    return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
  }

  /** The four letters that open a structure. */
  opening(expected: string): void {
    const { offset } = this;
    const found = Buffer.from(this.take(4)).toString('latin1');
    if (found !== expected) {
      throw new Hdf5Error('malformed', `'${expected}' is expected here`, offset);
    }
  }

  /** The four letters that open a structure, and their version. */
  signature(expected: string, version: number): void {
    const { offset } = this;
    this.opening(expected);
    const actual = this.u8();
    if (actual !== version) {
      throw new Hdf5Error('limit', `version ${actual} of '${expected}' is not read here`, offset);
    }
  }

  /** The checksum over everything before it. */
  checksum(): void {
    const computed = lookup3(this.bytes.subarray(0, this.position));
    if (this.u32() !== computed) {
      throw new Hdf5Error('malformed', 'the checksum does not match: it was damaged', this.origin);
    }
  }

  #take(count: number): number {
    const start = this.position;
    if (count > this.left) {
      throw new Hdf5Error('truncated', 'a structure breaks off', this.origin + start);
    }
    this.position += count;
    return start;
  }
}

const decoder = new TextDecoder();
