import { createHash } from 'node:crypto';

/** How many different outputs the jobs want. */
export const OUTPUTS = 24;

export interface JobReport {
  outs: number;
  fetched: number;
  made: number;
  /** In place with other bytes. */
  corrupt: number;
  /** Not in place, or not in the job's own cache. */
  lost: number;
  /** Taken from the cache of the machine while a job held it. */
  evicted: number;
}

/** 100 KB to 2 MB that depend on the index alone. */
export function weightsOf(index: number): Buffer {
  const block = createHash('sha512').update(String(index)).digest();
  const size = 100_000 + Math.floor((generator(index)() * 1_900_000) / 64) * 64;
  return Buffer.alloc(size, block);
}

/** Mulberry32: numbers from 0 to 1, the same for a seed. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
