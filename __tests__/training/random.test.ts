import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { epochOrder, takeBatches } from '../../src/training/batches.ts';
import { Random } from '../../src/training/random.ts';

describe('random numbers', () => {
  test("are those of xoshiro128**'s published C code", () => {
    // prng.di.unimi.it/xoshiro128starstar.c, compiled, from the state 1, 2, 3, 4.
    const random = new Random([1, 2, 3, 4]);
    expect(Array.from({ length: 8 }, () => random.next())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849,
    ]);
  });

  test('differ by seed and by purpose, and repeat', () => {
    const numbers = (seed: number, ...keys: string[]) => {
      const random = Random.of(seed, ...keys);
      return Array.from({ length: 4 }, () => random.next()).join();
    };
    expect(numbers(1, 'a')).toBe(numbers(1, 'a'));
    const seen = [
      numbers(1, 'a'),
      numbers(2, 'a'),
      numbers(1, 'b'),
      numbers(1, 'a', 'b'),
      numbers(1, 'ab'),
    ];
    expect(new Set(seen).size).toBe(seen.length);
  });

  test('normal numbers have mean 0 and variance 1', () => {
    const random = Random.of(3);
    const values = Array.from({ length: 100_000 }, () => random.normal());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
  });
});

describe('batches', () => {
  test('an epoch takes every example exactly once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(),
        (examples, batchSize, seed) => {
          const order = epochOrder(seed, 1, examples);
          const count = Math.ceil(examples / batchSize);
          const { indices, weights, examples: counted } = takeBatches(order, batchSize, 0, count);
          const taken = Array.from(indices, Number).filter((_, slot) => weights[slot] === 1);
          expect(taken.toSorted((a, b) => a - b)).toEqual(
            Array.from({ length: examples }, (_, i) => i),
          );
          expect(counted).toBe(examples);
          expect(indices.every((index) => index >= 0n && index < BigInt(examples))).toBe(true);
        },
      ),
    );
  });

  test('chunks of any size make the same batches', () => {
    const order = epochOrder(5, 2, 103);
    const whole = takeBatches(order, 10, 0, 11);
    const parts = [takeBatches(order, 10, 0, 4), takeBatches(order, 10, 4, 7)];
    expect(parts.flatMap(({ indices }) => [...indices])).toEqual([...whole.indices]);
    expect(parts.flatMap(({ weights }) => [...weights])).toEqual([...whole.weights]);
  });
});
