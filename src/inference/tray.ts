import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { readingMemory } from '../store/reading-memory.ts';

/** Smaller arrays go with the message: a file would cost more than it saves. */
const MIN_BYTES = 16 * 1024;

/** Arrays start where each type may. */
const ALIGNMENT = 8;

const ARRAYS = {
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
} as const;

/** What stands in a message for an array that lies in the tray. */
interface Parked {
  readonly parked: keyof typeof ARRAYS;
  readonly at: number;
  readonly bytes: number;
}

/**
 * A file by which one process hands large arrays to another: they are copied twice and stay in the
 * system's memory, where a pipe copies each byte several times, in small pieces.
 */
export class Tray {
  readonly path: string;
  readonly #file: number;
  readonly #lent: boolean;
  #memory = readingMemory(0);
  #open = true;

  /**
   * @param path absolute; created, for this user alone, unless the other process did
   * @param lent whether the arrays of a message are done with when the next one is unpacked: they
   *   then lie in the same memory, which is five times as fast as to ask the system for new pages
   */
  constructor(path: string, { lent = false } = {}) {
    this.path = path;
    this.#lent = lent;
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  }

  /** The message without its large arrays, which are in the tray until the next message. */
  pack(message: unknown): unknown {
    let end = 0;
    return replaced(message, (value) => {
      if (!ArrayBuffer.isView(value) || value.byteLength < MIN_BYTES) return undefined;
      const parked = { parked: value.constructor.name, at: end, bytes: value.byteLength };
      writeWhole(this.#file, new Uint8Array(value.buffer, value.byteOffset, value.byteLength), end);
      end += Math.ceil(value.byteLength / ALIGNMENT) * ALIGNMENT;
      return parked;
    });
  }

  /**
   * The message with its arrays again.
   * @throws Error where it speaks of what is not there: who packed it may run a hostile model.
   */
  unpack(message: unknown): unknown {
    const size = fstatSync(this.#file).size;
    return replaced(message, (value) => {
      if (!isParked(value)) return undefined;
      const { parked, at, bytes } = value;
      const type = ARRAYS[parked];
      if (
        !(at >= 0 && bytes >= 0 && at + bytes <= size) ||
        at % type.BYTES_PER_ELEMENT !== 0 ||
        bytes % type.BYTES_PER_ELEMENT !== 0
      ) {
        throw new Error('an array of the message is not in the tray');
      }
      const memory = this.#lent ? this.#lend(size).subarray(at, at + bytes) : readingMemory(bytes);
      readWhole(this.#file, memory, at);
      return new type(memory.buffer, memory.byteOffset, bytes / type.BYTES_PER_ELEMENT);
    });
  }

  /** The memory that mirrors the file. */
  #lend(size: number): Buffer<ArrayBuffer> {
    if (this.#memory.length < size) this.#memory = readingMemory(size);
    return this.#memory;
  }

  close(): void {
    if (this.#open) closeSync(this.#file);
    this.#open = false;
  }
}

/** A copy in which `replace` puts something else for what it does not leave (undefined). */
function replaced(value: unknown, replace: (value: object) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const other = replace(value);
  if (other !== undefined) return other;
  if (ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map((item) => replaced(item, replace));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, replaced(item, replace)]),
  );
}

function isParked(value: object): value is Parked {
  const { parked, at, bytes } = value as Partial<Parked>;
  return (
    typeof parked === 'string' &&
    Object.hasOwn(ARRAYS, parked) &&
    Number.isSafeInteger(at) &&
    Number.isSafeInteger(bytes)
  );
}

function writeWhole(file: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(file, bytes, done, bytes.length - done, at + done);
  }
}

function readWhole(file: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length;) {
    const read = readSync(file, bytes, done, bytes.length - done, at + done);
    if (read === 0) throw new Error('the tray ended early');
    done += read;
  }
}
