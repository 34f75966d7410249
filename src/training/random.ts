/** 2^64 / golden ratio: the step of SplitMix64. */
const GOLDEN = 0x9e3779b97f4a7c15n;
const MASK = 0xffff_ffff_ffff_ffffn;

/**
 * xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM
 * TOMS 47, 2021; prng.di.unimi.it/xoshiro128starstar.c), seeded by SplitMix64 as its authors
 * advise. 32-bit arithmetic, so that it is fast in JavaScript and the same everywhere.
 */
export class Random {
  private readonly state: Uint32Array;

  /** @param state four words, not all zero */
  constructor(state: readonly [number, number, number, number]) {
    this.state = Uint32Array.from(state);
  }

  /**
   * A generator for one purpose: other `keys` (which layer, which epoch) give other numbers, so
   * that adding a use does not change the numbers of another.
   */
  static of(seed: number, ...keys: readonly (string | number)[]): Random {
    let mixed = splitMix(BigInt.asUintN(64, BigInt(seed)));
    for (const key of keys) {
      for (const byte of Buffer.from(`${key}\0`)) mixed = splitMix((mixed + BigInt(byte)) & MASK);
    }
    const first = splitMix(mixed);
    const second = splitMix((mixed + GOLDEN) & MASK);
    return new Random([low(first), high(first), low(second), high(second)]);
  }

  /** An integer from 0 to 2^32 - 1. */
  next(): number {
    const s = this.state;
    // Read one by one: destructuring iterates, which takes several times as long.
    const s0 = s[0] ?? 0;
    const s1 = s[1] ?? 0;
    const s2 = s[2] ?? 0;
    const s3 = s[3] ?? 0;
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const third = s2 ^ s0;
    const fourth = s3 ^ s1;
    s[1] = s1 ^ third;
    s[0] = s0 ^ fourth;
    s[2] = third ^ (s1 << 9);
    s[3] = rotateLeft(fourth, 11);
    return result;
  }

  /** From 0 (included) to 1, in steps of 2^-24: every value is exact in float32. */
  uniform(): number {
    return (this.next() >>> 8) / 2 ** 24;
  }

  /** A standard normal number (Box and Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** An integer from 0 to `bound` - 1, each equally likely. */
  below(bound: number): number {
    // Values beyond the largest multiple of `bound` would favour the small ones.
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let value = this.next();
    while (value >= limit) value = this.next();
    return value % bound;
  }

  /** 0 ... count - 1 in random order (Fisher and Yates). */
  permutation(count: number): Int32Array {
    const order = Int32Array.from({ length: count }, (_, index) => index);
    for (let last = count - 1; last > 0; last--) {
      const other = this.below(last + 1);
      const moved = order[last] ?? 0;
      order[last] = order[other] ?? 0;
      order[other] = moved;
    }
    return order;
  }
}

function splitMix(state: bigint): bigint {
  let z = (state + GOLDEN) & MASK;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

function low(word: bigint): number {
  return Number(word & 0xffff_ffffn);
}

function high(word: bigint): number {
  return Number(word >> 32n);
}

function rotateLeft(value: number, count: number): number {
  return (value << count) | (value >>> (32 - count));
}
