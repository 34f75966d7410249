/**
 * Large memory begins 16 bytes after a page, and to there AMD's processors copy a page at a tenth of
 * their speed (https://xuanwo.io/2023/04-rust-std-fs-slower-than-python/). This far behind, it begins
 * where a line of their cache does.
 */
const SHIFT = 48;

/** Memory, not cleared, to read files into: as fast on processors of every make. */
export function readingMemory(bytes: number): Buffer<ArrayBuffer> {
  return Buffer.allocUnsafeSlow(SHIFT + bytes).subarray(SHIFT);
}
