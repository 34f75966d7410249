import { UnpackError, type Output } from './output.ts';

const MAGIC = 0x184d2204;

/** The high bit of a block's size: its bytes are not packed. */
const PLAIN = 0x80000000;

/** Unpacks LZ4 frames, one behind another (lz4_Frame_format.md). Checksums are skipped. */
export function unpackLz4(input: Uint8Array, output: Output): void {
  const data = new DataView(input.buffer, input.byteOffset, input.length);
  const uint32 = (at: number): number => {
    if (at + 4 > input.length) throw new UnpackError('truncated', 'the packed bytes break off');
    return data.getUint32(at, true);
  };
  let at = 0;
  while (at + 7 <= input.length && uint32(at) === MAGIC) {
    const flags = input[at + 4] ?? 0;
    at += 7 + ((flags & 0x08) === 0 ? 0 : 8) + ((flags & 0x01) === 0 ? 0 : 4);
    const blockChecksum = (flags & 0x10) === 0 ? 0 : 4;
    for (let size = uint32(at); size !== 0; size = uint32(at)) {
      const length = size % PLAIN;
      const block = input.subarray(at + 4, at + 4 + length);
      if (block.length < length) throw new UnpackError('truncated', 'the packed bytes break off');
      if (size >= PLAIN) output.append(block);
      else readBlock(block, output);
      at += 4 + length + blockChecksum;
    }
    at += 4 + ((flags & 0x04) === 0 ? 0 : 4);
  }
  if (at === 0) throw new UnpackError('malformed', 'it does not start like LZ4');
}

function readBlock(block: Uint8Array, output: Output): void {
  let at = 0;
  const long = (start: number): number => {
    let length = start;
    if (start < 15) return length;
    for (let byte = 255; byte === 255; length += byte) {
      if (at >= block.length) throw new UnpackError('truncated', 'the packed bytes break off');
      byte = block[at++] ?? 0;
    }
    return length;
  };
  while (at < block.length) {
    const token = block[at++] ?? 0;
    const literals = long(token >> 4);
    output.append(block.subarray(at, at + literals));
    at += literals;
    if (at >= block.length) return;
    const distance = (block[at] ?? 0) | ((block[at + 1] ?? 0) << 8);
    at += 2;
    output.copy(distance, long(token & 0xf) + 4);
  }
}
