import { LzmaDecoder, RangeDecoder } from './lzma.ts';
import { UnpackError, type Output } from './output.ts';

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const HEADER_BYTES = 12;
const FOOTER_BYTES = 12;

/** Sizes of the integrity checks by their id (section 2.1.1.2 of the .xz format). */
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];

/** The filter that every writer uses by default. */
const LZMA2 = 0x21;

/** Unpacks .xz streams, one behind another. Integrity checks are skipped, not verified. */
export function unpackXz(input: Uint8Array, output: Output): void {
  let at = 0;
  do {
    at = readStream(input, at, output);
    while (at < input.length && input[at] === 0) at += 1;
  } while (at < input.length);
}

function readStream(input: Uint8Array, start: number, output: Output): number {
  if (!MAGIC.every((byte, index) => input[start + index] === byte)) {
    throw new UnpackError('malformed', 'it does not start like xz');
  }
  const checkBytes = CHECK_BYTES[(input[start + 7] ?? 0) & 0xf] ?? 0;
  let at = start + HEADER_BYTES;
  for (;;) {
    const size = input[at];
    if (size === undefined) throw new UnpackError('truncated', 'the packed bytes break off');
    if (size === 0) return skipIndex(input, at) + FOOTER_BYTES;
    checkFilters(input, at);
    const body = at + (size + 1) * 4;
    const end = readLzma2(input, body, output);
    at = end + ((4 - ((end - body) % 4)) % 4) + checkBytes;
  }
}

/** Block header: size, flags, sizes if flagged, then filters. Only a lone LZMA2 is read. */
function checkFilters(input: Uint8Array, at: number): void {
  const flags = input[at + 1] ?? 0;
  let position = at + 2;
  if ((flags & 0x40) !== 0) position = varint(input, position).next;
  if ((flags & 0x80) !== 0) position = varint(input, position).next;
  if ((flags & 0x03) !== 0 || input[position] !== LZMA2) {
    throw new UnpackError('limit', 'it uses a filter that is not read here');
  }
}

/** Index: a zero byte, the number of records, two numbers each, padding, a checksum. */
function skipIndex(input: Uint8Array, start: number): number {
  let { value: records, next } = varint(input, start + 1);
  for (; records > 0 && next < input.length; records--) {
    ({ next } = varint(input, varint(input, next).next));
  }
  return next + ((4 - ((next - start) % 4)) % 4) + 4;
}

function varint(input: Uint8Array, start: number): { value: number; next: number } {
  let value = 0;
  for (let index = 0; index < 9; index++) {
    const byte = input[start + index];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) return { value, next: start + index + 1 };
  }
  throw new UnpackError('malformed', 'a number has no end');
}

/** LZMA2 chunks up to the zero byte; returns where they end. */
function readLzma2(input: Uint8Array, start: number, output: Output): number {
  let at = start;
  let decoder: LzmaDecoder | undefined;
  let properties = 0;
  for (;;) {
    const control = input[at];
    if (control === undefined) throw new UnpackError('truncated', 'the packed bytes break off');
    if (control === 0) return at + 1;
    const size = ((input[at + 1] ?? 0) << 8) + (input[at + 2] ?? 0) + 1;
    if (control < 0x80) {
      if (control > 2) throw new UnpackError('malformed', `there is no chunk ${control}`);
      if (at + 3 + size > input.length)
        throw new UnpackError('truncated', 'the packed bytes break off');
      output.append(input.subarray(at + 3, at + 3 + size));
      at += 3 + size;
      continue;
    }
    const reset = (control >> 5) & 3;
    const packed = ((input[at + 3] ?? 0) << 8) + (input[at + 4] ?? 0) + 1;
    if (reset >= 2) properties = input[at + 5] ?? 255;
    at += reset >= 2 ? 6 : 5;
    if (reset >= 1) decoder = new LzmaDecoder(properties, output);
    if (!decoder) throw new UnpackError('malformed', 'the first chunk does not set a state');
    const range = new RangeDecoder(input, at, Math.min(at + packed, input.length));
    decoder.decode(range, ((control & 0x1f) << 16) + size);
    at += packed;
  }
}
