import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bootstrapInterval } from '../../src/evaluation/statistics/bootstrap.ts';
import { normalQuantile } from '../../src/evaluation/statistics/normal.ts';
import { lossInterval, mcnemar } from '../../src/evaluation/statistics/paired.ts';
import { median, quantile } from '../../src/evaluation/statistics/quantile.ts';
import { seededRandom } from '../../src/evaluation/statistics/random.ts';
import { reference } from './reference.ts';

const pairs = fc
  .tuple(fc.nat({ max: 60 }), fc.nat({ max: 60 }), fc.integer({ min: 1, max: 400 }))
  .map(([broken, fixed, more]) => ({ broken, fixed, total: broken + fixed + more }));

describe('random numbers', () => {
  test('the same seed gives the same numbers, another seed others', () => {
    const draw = (seed: number) => Array.from({ length: 20 }, seededRandom(seed));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test('are spread evenly over [0, 1)', () => {
    const random = seededRandom(3);
    const bins = new Array<number>(20).fill(0);
    for (let i = 0; i < 100_000; i++) bins[Math.floor(random() * 20)]! += 1;
    // Chi-square with 19 degrees of freedom: 43.8 is exceeded once in a thousand times.
    const chiSquare = bins.reduce((sum, count) => sum + (count - 5000) ** 2 / 5000, 0);
    expect(chiSquare).toBeLessThan(43.8);
  });
});

describe('quantiles', () => {
  test('equal NumPy', () => {
    const { values, shares, expected } = reference.quantiles;
    const sorted = Float64Array.from(values).sort();
    shares.forEach((share, i) => {
      expect(quantile(sorted, share)).toBeCloseTo(expected[i]!, 14);
    });
    expect(median(Float64Array.from(values))).toBeCloseTo(expected[3]!, 14);
  });

  test('the inverse normal equals SciPy', () => {
    for (const [share, expected] of reference.normal) {
      expect(Math.abs(normalQuantile(share) / (expected || 1) - (expected ? 1 : 0))).toBeLessThan(
        1e-12,
      );
    }
  });
});

describe('bootstrap', () => {
  const values = Float64Array.from(reference.bootstrap.values);
  const mean = (counts: Uint32Array) =>
    values.reduce((sum, value, i) => sum + value * counts[i]!, 0) / values.length;

  test("equals SciPy's percentile interval within the noise of its resamples", () => {
    const { low, high } = reference.bootstrap;
    const interval = bootstrapInterval(values.length, mean, {
      confidence: 0.95,
      random: seededRandom(1),
      resamples: 50_000,
    });
    expect(Math.abs(interval.low - low)).toBeLessThan((high - low) * 0.02);
    expect(Math.abs(interval.high - high)).toBeLessThan((high - low) * 0.02);
  });

  test('draws as many as there are, each time', () => {
    bootstrapInterval(
      7,
      (counts) => {
        expect(counts.reduce((a, b) => a + b, 0)).toBe(7);
        return 0;
      },
      { confidence: 0.9, random: seededRandom(1), resamples: 20 },
    );
  });

  test('resamples without a value are left out, and none gives no interval', () => {
    const options = { confidence: 0.9, random: seededRandom(1), resamples: 100 };
    const some = bootstrapInterval(5, (counts) => (counts[0] ? 3 : NaN), options);
    expect(some).toEqual({ low: 3, high: 3 });
    expect(bootstrapInterval(5, () => NaN, options)).toEqual({ low: NaN, high: NaN });
  });
});

describe('paired answers', () => {
  test.each(reference.pairs)('$broken broken, $fixed fixed of $total equal SciPy', (pair) => {
    expect(Math.abs(mcnemar(pair) / pair.mcnemar - 1)).toBeLessThan(1e-10);
    const { low, high } = lossInterval(pair, 0.95);
    expect(Math.abs(low - pair.tango95[0])).toBeLessThan(1e-10);
    expect(Math.abs(high - pair.tango95[1])).toBeLessThan(1e-10);
  });

  test('the interval holds the estimate, and turns round when the models change places', () => {
    fc.assert(
      fc.property(pairs, (pair) => {
        const { low, high } = lossInterval(pair, 0.95);
        const estimate = (pair.broken - pair.fixed) / pair.total;
        expect(low).toBeLessThan(estimate);
        expect(high).toBeGreaterThan(estimate);
        const swapped = lossInterval({ ...pair, broken: pair.fixed, fixed: pair.broken }, 0.95);
        expect(swapped.low).toBeCloseTo(-high, 10);
        expect(swapped.high).toBeCloseTo(-low, 10);
        expect(mcnemar(pair)).toBeCloseTo(
          mcnemar({ ...pair, broken: pair.fixed, fixed: pair.broken }),
          12,
        );
      }),
    );
  });

  test('more confidence widens it, more examples narrow it', () => {
    fc.assert(
      fc.property(pairs, (pair) => {
        const width = (given: typeof pair, confidence: number) => {
          const { low, high } = lossInterval(given, confidence);
          return high - low;
        };
        expect(width(pair, 0.99)).toBeGreaterThan(width(pair, 0.9));
        const ten = { broken: pair.broken * 10, fixed: pair.fixed * 10, total: pair.total * 10 };
        expect(width(ten, 0.95)).toBeLessThan(width(pair, 0.95));
      }),
    );
  });
});
