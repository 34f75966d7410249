import { WIRE, WireError, type FieldReader } from './protobuf.ts';
import { Problems } from './problem.ts';

/** Protobuf's own default: no runtime loads a model whose messages nest deeper. */
const MAX_DEPTH = 100;

/**
 * Nodes, values, tensors and attributes of one file. The largest published language models have
 * about 50,000 nodes; a crafted file can hold one in every two bytes.
 */
const MAX_OBJECTS = 1_000_000;

/** Names are identifiers; exporters write whole call stacks into them, so the limit is generous. */
const MAX_NAME_BYTES = 4 * 1024 * 1024;

/** All names of one file together: what keeps memory bounded. */
const MAX_TEXT_BYTES = 128 * 1024 * 1024;

/** Ends a reading: the limits hold for the file as a whole. */
export class LimitReached extends Error {}

/** The state of reading one model: its problems, and what may still be read. */
export class Reading {
  readonly problems = new Problems();
  #objects = 0;
  #text = 0;

  /** The next field of `reader`; false at the end, and where the message cannot be read further. */
  next(reader: FieldReader, path: string): boolean {
    return this.#attempt(() => reader.next(), path);
  }

  /** The next bare varint of a packed field; false where it breaks off. */
  nextVarint(reader: FieldReader, path: string): boolean {
    return this.#attempt(() => {
      reader.readVarint();
      return true;
    }, path);
  }

  /** Whether the field has this wire type; a problem where it has not. */
  is(reader: FieldReader, type: number, path: string): boolean {
    if (reader.type === type) return true;
    const message = `field ${reader.number} has wire type ${reader.type} instead of ${type}`;
    this.problems.add('malformed', message, reader.start, path);
    return false;
  }

  /** A reader of the embedded message; undefined where it is none or nests too deep. */
  enter(reader: FieldReader, path: string): FieldReader | undefined {
    if (!this.is(reader, WIRE.bytes, path)) return undefined;
    this.count(reader.start, path);
    if (reader.depth + 1 <= MAX_DEPTH) return reader.message();
    const message = `messages nest deeper than ${MAX_DEPTH} levels, which protobuf refuses`;
    this.problems.add('limit', message, reader.start, path);
    return undefined;
  }

  /** The text of a field; the bytes that are no UTF-8 become U+FFFD and a problem. */
  text(reader: FieldReader, path: string): string {
    if (!this.is(reader, WIRE.bytes, path)) return '';
    if (reader.length > MAX_NAME_BYTES) {
      this.problems.add('limit', `a text of ${reader.length} bytes`, reader.start, path);
    }
    this.#text += Math.min(reader.length, MAX_NAME_BYTES);
    if (this.#text > MAX_TEXT_BYTES) this.stop('its texts are too long', reader.start, path);
    const text = reader.text(MAX_NAME_BYTES);
    if (text !== undefined) return text;
    if (reader.length <= MAX_NAME_BYTES) {
      this.problems.add('malformed', 'a text is not UTF-8', reader.offset, path);
    }
    return new TextDecoder().decode(reader.bytes(MAX_NAME_BYTES));
  }

  /** The text of a field that nobody needs whole, such as a doc string: its first `limit` bytes. */
  excerpt(reader: FieldReader, limit: number, path: string): string {
    if (!this.is(reader, WIRE.bytes, path)) return '';
    return new TextDecoder().decode(reader.bytes(limit));
  }

  /** Counts one object against the limit. */
  count(offset: number, path: string): void {
    this.#objects += 1;
    if (this.#objects > MAX_OBJECTS) {
      this.stop(`more than ${MAX_OBJECTS} nodes, values and tensors`, offset, path);
    }
  }

  #attempt(read: () => boolean, path: string): boolean {
    try {
      return read();
    } catch (thrown) {
      if (!(thrown instanceof WireError)) throw thrown;
      this.problems.add(thrown.kind, thrown.message, thrown.offset, path);
      return false;
    }
  }

  /** Ends the reading with a problem of kind `limit`. */
  stop(message: string, offset: number, path: string): never {
    this.problems.add('limit', message, offset, path);
    throw new LimitReached(message);
  }
}
