import { Sample } from './sample.ts';

/** Enough to tell vocabularies apart, and few enough to be filled by a small data set. */
const BUCKETS = 50;

/** What a text is about, its beginning says. */
const MAX_CHARACTERS = 2000;

/**
 * A word; a letter of a script without cases counts alone, since many of these (Chinese, Thai) are
 * written without spaces.
 */
const WORD = /\p{Lo}|[\p{L}\p{N}]+/gu;

/** What texts look like that are too many to be counted one by one: how long, and of which words. */
export class TextProfile {
  readonly #lengths = new Sample();
  readonly #words = new Float64Array(BUCKETS);

  add(text: string, times = 1): void {
    const words = text.slice(0, MAX_CHARACTERS).toLowerCase().match(WORD) ?? [];
    for (const word of words) {
      const bucket = hash(word) % BUCKETS;
      this.#words[bucket] = (this.#words[bucket] ?? 0) + times;
    }
    for (let time = 0; time < times; time++) this.#lengths.add(text.length);
  }

  get count(): number {
    return this.#lengths.seen;
  }

  /** In characters. */
  lengths(): Float64Array {
    return this.#lengths.values();
  }

  /** How many words fall into each of some buckets, always the same ones. */
  words(): Float64Array {
    return this.#words;
  }
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  }
  return value >>> 0;
}
