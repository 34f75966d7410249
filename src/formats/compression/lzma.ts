import { UnpackError, type Output } from './output.ts';

/** Half of 2^11: a probability that nothing is known about. */
const HALF = 1024;

/** Where the range is refilled. */
const TOP = 2 ** 24;

const STATES = 12;
const MAX_POSITION_STATES = 16;

/** Decodes the range coder of LZMA (Igor Pavlov's lzma-specification.txt). */
export class RangeDecoder {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;
  #range = 0xffffffff;
  #code = 0;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    if (this.#next() !== 0)
      throw new UnpackError('malformed', 'the range coder does not start with zero');
    for (let index = 0; index < 4; index++) this.#code = ((this.#code << 8) | this.#next()) >>> 0;
  }

  get position(): number {
    return this.#at;
  }

  bit(probabilities: Uint16Array, index: number): number {
    const probability = probabilities[index] ?? HALF;
    const bound = (this.#range >>> 11) * probability;
    let bit = 0;
    if (this.#code < bound) {
      this.#range = bound;
      probabilities[index] = probability + ((2048 - probability) >> 5);
    } else {
      this.#range -= bound;
      this.#code -= bound;
      probabilities[index] = probability - (probability >> 5);
      bit = 1;
    }
    this.#refill();
    return bit;
  }

  direct(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left--) {
      this.#range >>>= 1;
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit === 1) this.#code -= this.#range;
      value = value * 2 + bit;
      this.#refill();
    }
    return value;
  }

  /** A tree of `bits` levels, most significant bit first. */
  tree(probabilities: Uint16Array, offset: number, bits: number): number {
    let node = 1;
    for (let level = 0; level < bits; level++)
      node = node * 2 + this.bit(probabilities, offset + node);
    return node - 2 ** bits;
  }

  /** The same, least significant bit first. */
  reverseTree(probabilities: Uint16Array, offset: number, bits: number): number {
    let node = 1;
    let value = 0;
    for (let level = 0; level < bits; level++) {
      const bit = this.bit(probabilities, offset + node);
      node = node * 2 + bit;
      value |= bit << level;
    }
    return value;
  }

  #refill(): void {
    if (this.#range >= TOP) return;
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | this.#next()) >>> 0;
  }

  #next(): number {
    if (this.#at >= this.#end) throw new UnpackError('truncated', 'the packed bytes break off');
    return this.#bytes[this.#at++] ?? 0;
  }
}

const fresh = (length: number): Uint16Array => new Uint16Array(length).fill(HALF);

class LengthDecoder {
  readonly #choice = fresh(2);
  readonly #low = fresh(MAX_POSITION_STATES * 8);
  readonly #middle = fresh(MAX_POSITION_STATES * 8);
  readonly #high = fresh(256);

  next(range: RangeDecoder, positionState: number): number {
    if (range.bit(this.#choice, 0) === 0) return range.tree(this.#low, positionState * 8, 3);
    if (range.bit(this.#choice, 1) === 0) return 8 + range.tree(this.#middle, positionState * 8, 3);
    return 16 + range.tree(this.#high, 0, 8);
  }
}

/** The state of an LZMA stream: probabilities, the last distances, and the output. */
export class LzmaDecoder {
  readonly #output: Output;
  readonly #literalContext: number;
  readonly #literalMask: number;
  readonly #positionMask: number;
  readonly #literals: Uint16Array;
  readonly #isMatch = fresh(STATES * MAX_POSITION_STATES);
  readonly #isRepeat = fresh(STATES);
  readonly #isRepeat0 = fresh(STATES);
  readonly #isRepeat1 = fresh(STATES);
  readonly #isRepeat2 = fresh(STATES);
  readonly #isLongRepeat = fresh(STATES * MAX_POSITION_STATES);
  readonly #slots = fresh(4 * 64);
  readonly #special = fresh(128);
  readonly #align = fresh(16);
  readonly #length = new LengthDecoder();
  readonly #repeatLength = new LengthDecoder();
  readonly #distances = [0, 0, 0, 0];
  #state = 0;

  /** `properties`: (pb * 5 + lp) * 9 + lc. */
  constructor(properties: number, output: Output) {
    if (properties >= 225) throw new UnpackError('malformed', 'its LZMA properties are none');
    this.#output = output;
    this.#literalContext = properties % 9;
    const rest = Math.floor(properties / 9);
    this.#literalMask = 2 ** (rest % 5) - 1;
    this.#positionMask = 2 ** Math.floor(rest / 5) - 1;
    this.#literals = fresh(0x300 * 2 ** (this.#literalContext + (rest % 5)));
  }

  /** Decodes until `size` more bytes are there, or to the end marker; true where it met that. */
  decode(range: RangeDecoder, size: number): boolean {
    const output = this.#output;
    const end = output.length + size;
    while (output.length < end) {
      const positionState = output.length & this.#positionMask;
      const index = this.#state * MAX_POSITION_STATES + positionState;
      if (range.bit(this.#isMatch, index) === 0) {
        this.#literal(range);
        continue;
      }
      let length: number | undefined;
      if (range.bit(this.#isRepeat, this.#state) === 0) {
        length = this.#match(range, positionState);
        if (this.#distances[0] === 0xffffffff) return true;
      } else {
        length = this.#repeat(range, positionState, index);
      }
      if (length === undefined) continue;
      output.copy((this.#distances[0] ?? 0) + 1, Math.min(length, end - output.length));
    }
    return false;
  }

  #literal(range: RangeDecoder): void {
    const output = this.#output;
    const before = output.length > 0 ? output.back(1) : 0;
    const context =
      ((output.length & this.#literalMask) << this.#literalContext) +
      (before >> (8 - this.#literalContext));
    const offset = context * 0x300;
    let symbol = 1;
    if (this.#state >= 7) {
      let match = output.back((this.#distances[0] ?? 0) + 1);
      while (symbol < 0x100) {
        const expected = (match >> 7) & 1;
        match = (match << 1) & 0xff;
        const bit = range.bit(this.#literals, offset + ((1 + expected) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (bit !== expected) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | range.bit(this.#literals, offset + symbol);
    output.push(symbol & 0xff);
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
  }

  #match(range: RangeDecoder, positionState: number): number {
    const length = this.#length.next(range, positionState);
    this.#state = this.#state < 7 ? 7 : 10;
    const slot = range.tree(this.#slots, Math.min(length, 3) * 64, 6);
    this.#distances.pop();
    this.#distances.unshift(this.#distance(range, slot));
    return length + 2;
  }

  #distance(range: RangeDecoder, slot: number): number {
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    if (slot < 14) return base + range.reverseTree(this.#special, base - slot, bits);
    return base + range.direct(bits - 4) * 16 + range.reverseTree(this.#align, 0, 4);
  }

  /** A repeated distance; undefined where it was a single byte, which is written already. */
  #repeat(range: RangeDecoder, positionState: number, index: number): number | undefined {
    if (range.bit(this.#isRepeat0, this.#state) === 0) {
      if (range.bit(this.#isLongRepeat, index) === 0) {
        this.#state = this.#state < 7 ? 9 : 11;
        this.#output.copy((this.#distances[0] ?? 0) + 1, 1);
        return undefined;
      }
    } else {
      const place =
        range.bit(this.#isRepeat1, this.#state) === 0
          ? 1
          : 2 + range.bit(this.#isRepeat2, this.#state);
      const [distance = 0] = this.#distances.splice(place, 1);
      this.#distances.unshift(distance);
    }
    const length = this.#repeatLength.next(range, positionState);
    this.#state = this.#state < 7 ? 8 : 11;
    return length + 2;
  }
}

/** The legacy .lzma header: properties, dictionary size, and the size or -1. */
const HEADER_BYTES = 13;

/** Unpacks an .lzma file. */
export function unpackLzma(input: Uint8Array, output: Output): void {
  if (input.length < HEADER_BYTES) throw new UnpackError('truncated', 'the packed bytes break off');
  const size = new DataView(input.buffer, input.byteOffset).getBigUint64(5, true);
  const decoder = new LzmaDecoder(input[0] ?? 255, output);
  const range = new RangeDecoder(input, HEADER_BYTES, input.length);
  decoder.decode(range, size === 0xffffffffffffffffn ? Infinity : Number(size));
}
