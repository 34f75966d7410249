import { Hdf5Error, type Reading } from './reading.ts';

/** Collections kept at hand: attributes of one object share one or two. */
const MAX_CACHED = 16;

interface Stored {
  readonly start: number;
  readonly size: number;
}

/** Objects in global heap collections (section III.E): variable-length strings lie there. */
export class GlobalHeaps {
  readonly #reading: Reading;
  readonly #collections = new Map<number, ReadonlyMap<number, Stored>>();

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** Where object `index` of the collection lies, from the start of the source. */
  locate(address: number | undefined, index: number): Stored {
    const reading = this.#reading;
    if (address === undefined) throw new Hdf5Error('malformed', 'a heap has no address', 0);
    const found = this.#collection(address).get(index);
    if (!found) {
      const message = `a global heap has no object ${index}`;
      throw new Hdf5Error('malformed', message, reading.base + address);
    }
    return found;
  }

  /** The text of an object, at most `length` bytes of it. */
  text(address: number | undefined, index: number, length: number): string {
    const { start, size } = this.locate(address, index);
    const bytes = Math.min(length, size);
    this.#reading.spendText(bytes, start);
    const text = new TextDecoder().decode(this.#reading.source.view(start, bytes));
    return text.replace(/\0.*$/s, '');
  }

  #collection(address: number): ReadonlyMap<number, Stored> {
    const known = this.#collections.get(address);
    if (known) return known;
    const objects = readCollection(this.#reading, address);
    const oldest = this.#collections.keys().next();
    if (this.#collections.size >= MAX_CACHED && !oldest.done) {
      this.#collections.delete(oldest.value);
    }
    this.#collections.set(address, objects);
    return objects;
  }
}

function readCollection(reading: Reading, address: number): Map<number, Stored> {
  const { lengthBytes } = reading;
  const header = reading.structure(address, 8 + lengthBytes, 'a global heap collection');
  header.signature('GCOL', 1);
  header.skip(3);
  const size = header.length();
  if (!reading.holds(address, size)) {
    throw new Hdf5Error('truncated', 'a global heap ends beyond the file', header.origin);
  }
  const end = reading.base + address + size;
  const objects = new Map<number, Stored>();
  const headBytes = 8 + lengthBytes;
  for (let at = header.offset; at + headBytes <= end;) {
    const head = reading.structure(at - reading.base, headBytes, 'an object of a global heap');
    const index = head.u16();
    head.skip(6);
    const bytes = head.length();
    // Object 0 is the space that is left.
    if (index === 0) break;
    if (at + headBytes + bytes > end) {
      throw new Hdf5Error('malformed', `object ${index} ends beyond its global heap`, at);
    }
    objects.set(index, { start: at + headBytes, size: bytes });
    at += headBytes + Math.ceil(bytes / 8) * 8;
  }
  return objects;
}
