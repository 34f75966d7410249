import { UnpackError, type Output } from './output.ts';

/** Symbols per selector, and the longest code, of bzip2's Huffman stage. */
const GROUP_SYMBOLS = 50;
const MAX_CODE_BITS = 20;

const BLOCK_MAGIC = 0x314159265359;
const END_MAGIC = 0x177245385090;

/** Unpacks bzip2 streams, one behind another (Julian Seward's format; no randomised blocks). */
export function unpackBzip2(input: Uint8Array, output: Output): void {
  const bits = new BitReader(input);
  do {
    readStream(bits, output);
    bits.align();
  } while (bits.startsWith('BZh'));
}

function readStream(bits: BitReader, output: Output): void {
  if (bits.read(24) !== 0x425a68)
    throw new UnpackError('malformed', 'it does not start like bzip2');
  const level = bits.read(8) - 0x30;
  if (level < 1 || level > 9) throw new UnpackError('malformed', 'its block size is none');
  for (;;) {
    const magic = bits.read(24) * 2 ** 24 + bits.read(24);
    bits.read(32);
    if (magic === END_MAGIC) return;
    if (magic !== BLOCK_MAGIC)
      throw new UnpackError('malformed', 'a block does not start like one');
    readBlock(bits, level * 100_000, output);
  }
}

function readBlock(bits: BitReader, blockSize: number, output: Output): void {
  if (bits.read(1) === 1) throw new UnpackError('malformed', 'a block is randomised');
  const origin = bits.read(24);
  const symbols = readSymbolMap(bits);
  const trees = readTrees(bits, symbols.length + 2);
  const { bytes, counts } = readMoves(bits, symbols, trees, blockSize);
  if (origin >= bytes.length)
    throw new UnpackError('malformed', 'a block starts outside of itself');
  undoSort(bytes, counts, origin, output);
}

/** The bytes that occur in the block, as two levels of bit maps. */
function readSymbolMap(bits: BitReader): number[] {
  const rows = bits.read(16);
  const symbols: number[] = [];
  for (let row = 0; row < 16; row++) {
    if ((rows & (0x8000 >> row)) === 0) continue;
    const columns = bits.read(16);
    for (let column = 0; column < 16; column++) {
      if ((columns & (0x8000 >> column)) !== 0) symbols.push(row * 16 + column);
    }
  }
  if (symbols.length === 0) throw new UnpackError('malformed', 'a block has no symbols');
  return symbols;
}

interface Trees {
  readonly tables: readonly Decoder[];
  readonly selectors: Uint8Array;
}

function readTrees(bits: BitReader, alphabet: number): Trees {
  const count = bits.read(3);
  const selectorCount = bits.read(15);
  if (count < 2 || count > 6 || selectorCount < 1)
    throw new UnpackError('malformed', 'a block has no trees');
  const order = Array.from({ length: count }, (_, index) => index);
  const selectors = new Uint8Array(selectorCount);
  for (let index = 0; index < selectorCount; index++) {
    let place = 0;
    while (bits.read(1) === 1) place += 1;
    if (place >= count) throw new UnpackError('malformed', 'a selector names no tree');
    const [chosen = 0] = order.splice(place, 1);
    order.unshift(chosen);
    selectors[index] = chosen;
  }
  const tables = Array.from({ length: count }, () => {
    let length = bits.read(5);
    const lengths = Array.from({ length: alphabet }, () => {
      while (bits.read(1) === 1) length += bits.read(1) === 1 ? -1 : 1;
      if (length < 1 || length > MAX_CODE_BITS)
        throw new UnpackError('malformed', 'a code has no length');
      return length;
    });
    return new Decoder(lengths);
  });
  return { tables, selectors };
}

/** Undoes the Huffman stage, the run lengths of zeros and the moves to the front. */
function readMoves(
  bits: BitReader,
  symbols: readonly number[],
  { tables, selectors }: Trees,
  blockSize: number,
): { bytes: Uint8Array; counts: Int32Array } {
  const recent = [...symbols];
  const end = symbols.length + 1;
  const bytes = new Uint8Array(blockSize);
  const counts = new Int32Array(256);
  let length = 0;
  let run = 0;
  let weight = 1;
  const flush = () => {
    if (run === 0) return;
    if (length + run > blockSize) throw new UnpackError('malformed', 'a block is too long');
    const byte = recent[0] ?? 0;
    bytes.fill(byte, length, length + run);
    counts[byte] = (counts[byte] ?? 0) + run;
    length += run;
    run = 0;
    weight = 1;
  };
  for (let read = 0; ; read++) {
    const table = tables[selectors[Math.floor(read / GROUP_SYMBOLS)] ?? 255];
    if (!table) throw new UnpackError('malformed', 'a block has more symbols than selectors');
    const symbol = table.next(bits);
    if (symbol <= 1) {
      run += weight << symbol;
      weight *= 2;
      if (run > blockSize) throw new UnpackError('malformed', 'a block is too long');
      continue;
    }
    flush();
    if (symbol === end) return { bytes: bytes.subarray(0, length), counts };
    const [byte = 0] = recent.splice(symbol - 1, 1);
    recent.unshift(byte);
    if (length >= blockSize) throw new UnpackError('malformed', 'a block is too long');
    bytes[length++] = byte;
    counts[byte] = (counts[byte] ?? 0) + 1;
  }
}

/** Undoes the Burrows-Wheeler transform, then the run lengths of the first stage. */
function undoSort(bytes: Uint8Array, counts: Int32Array, origin: number, output: Output): void {
  const starts = new Int32Array(256);
  for (let byte = 1; byte < 256; byte++)
    starts[byte] = (starts[byte - 1] ?? 0) + (counts[byte - 1] ?? 0);
  const next = new Int32Array(bytes.length);
  bytes.forEach((byte, index) => {
    const at = starts[byte] ?? 0;
    starts[byte] = at + 1;
    next[at] = index;
  });
  let position = next[origin] ?? 0;
  let repeats = 0;
  let last = -1;
  for (let left = bytes.length; left > 0; left--) {
    const byte = bytes[position] ?? 0;
    position = next[position] ?? 0;
    if (repeats === 4) {
      for (let copies = byte; copies > 0; copies--) output.push(last);
      repeats = 0;
      last = -1;
      continue;
    }
    repeats = byte === last ? repeats + 1 : 1;
    last = byte;
    output.push(byte);
  }
}

/** A canonical Huffman code, decoded bit by bit. */
class Decoder {
  readonly #limits: number[] = [];
  readonly #bases: number[] = [];
  readonly #symbols: number[] = [];

  constructor(lengths: readonly number[]) {
    let code = 0;
    for (let bits = 1; bits <= MAX_CODE_BITS; bits++) {
      const from = this.#symbols.length;
      lengths.forEach((length, symbol) => {
        if (length === bits) this.#symbols.push(symbol);
      });
      const count = this.#symbols.length - from;
      this.#bases[bits] = from - code;
      code += count;
      this.#limits[bits] = code;
      code *= 2;
    }
  }

  next(bits: BitReader): number {
    let code = 0;
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      code = code * 2 + bits.read(1);
      if (code < (this.#limits[length] ?? 0)) {
        const symbol = this.#symbols[code + (this.#bases[length] ?? 0)];
        if (symbol !== undefined) return symbol;
      }
    }
    throw new UnpackError('malformed', 'a code stands for nothing');
  }
}

class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #bit = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(count: number): number {
    let value = 0;
    for (let left = count; left > 0;) {
      if (this.#at >= this.#bytes.length)
        throw new UnpackError('truncated', 'the packed bytes break off');
      const available = 8 - this.#bit;
      const taken = Math.min(available, left);
      const byte = this.#bytes[this.#at] ?? 0;
      value = value * 2 ** taken + ((byte >> (available - taken)) & ((1 << taken) - 1));
      this.#bit += taken;
      left -= taken;
      if (this.#bit === 8) {
        this.#bit = 0;
        this.#at += 1;
      }
    }
    return value;
  }

  align(): void {
    if (this.#bit === 0) return;
    this.#bit = 0;
    this.#at += 1;
  }

  startsWith(text: string): boolean {
    const start = this.#bytes.subarray(this.#at, this.#at + text.length);
    return Buffer.from(start).toString('latin1') === text;
  }
}
