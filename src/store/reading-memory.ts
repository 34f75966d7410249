/**
 * The system's allocator puts large memory 16 bytes behind the beginning of a page. Copying the page
 * cache to just there takes some processors of AMD ten times as long as to 32 bytes or more behind
 * (https://xuanwo.io/2023/04-rust-std-fs-slower-than-python/); 64 is where a cache line begins.
 */
const SHIFT = 48;

/** Memory to read files into, not cleared, where no processor is slow to copy to. */
export function readingMemory(bytes: number): Buffer<ArrayBuffer> {
  return Buffer.allocUnsafeSlow(SHIFT + bytes).subarray(SHIFT);
}
