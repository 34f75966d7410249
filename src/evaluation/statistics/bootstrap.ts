import type { Interval } from './interval.ts';
import { normalQuantile } from './normal.ts';
import { quantile } from './quantile.ts';
import type { Random } from './random.ts';

/** The 5 % ends then rest on 100 resamples each, which moves them by less than 3 % of their width. */
export const RESAMPLES = 2000;

/**
 * Draws in all, a second or so. Beyond 50,000 examples there are fewer resamples, and they tell the
 * standard error instead of the ends: of so many examples, a statistic is normally distributed.
 */
const MAX_DRAWS = 1e8;

/** A standard error from so many resamples is 5 % off. */
const LEAST_RESAMPLES = 200;

export interface BootstrapOptions {
  /** Of each end by itself: 0.95 gives the 5 % and 95 % quantiles. */
  readonly confidence: number;
  readonly random: Random;
  /** As many as is worth while unless given. */
  readonly resamples?: number;
}

type Drawn = (counts: Uint32Array) => number;

/**
 * Percentile bootstrap (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter
 * 13). A resample is told as how often each of the `size` items was drawn, so that a statistic of
 * pairs resamples both sides alike. Statistics that come out as NaN are left out.
 */
export function bootstrapInterval(
  size: number,
  statistic: Drawn,
  options: BootstrapOptions,
): Interval {
  return bootstrapIntervals(size, [statistic], options)[0] ?? { low: NaN, high: NaN };
}

/** The same for several statistics of the same resamples. */
export function bootstrapIntervals(
  size: number,
  statistics: readonly Drawn[],
  options: BootstrapOptions,
): Interval[] {
  const affordable = Math.max(LEAST_RESAMPLES, Math.floor(MAX_DRAWS / size));
  const { confidence, resamples = Math.min(RESAMPLES, affordable) } = options;
  const percentile = resamples >= RESAMPLES || options.resamples !== undefined;
  const ones = new Uint32Array(size).fill(1);
  return bootstrapValues(size, statistics, { ...options, resamples }).map((values, index) => {
    if (!percentile) return normalInterval(values, statistics[index]?.(ones) ?? NaN, confidence);
    const sorted = values.sort();
    return { low: quantile(sorted, 1 - confidence), high: quantile(sorted, confidence) };
  });
}

/** The values of the statistics over all resamples, without NaN. */
export function bootstrapValues(
  size: number,
  statistics: readonly Drawn[],
  { random, resamples = RESAMPLES }: Omit<BootstrapOptions, 'confidence'>,
): Float64Array[] {
  if (statistics.length === 0) return [];
  const values = statistics.map(() => ({ kept: new Float64Array(resamples), count: 0 }));
  const counts = new Uint32Array(size);
  for (let resample = 0; resample < resamples; resample++) {
    counts.fill(0);
    for (let draw = 0; draw < size; draw++) {
      const item = Math.floor(random() * size);
      counts[item] = (counts[item] ?? 0) + 1;
    }
    statistics.forEach((statistic, index) => {
      const value = statistic(counts);
      const column = values[index];
      if (column && !Number.isNaN(value)) column.kept[column.count++] = value;
    });
  }
  return values.map(({ kept, count }) => kept.subarray(0, count));
}

/** Estimate and standard error: Efron and Tibshirani 1993, chapter 12.4. */
function normalInterval(values: Float64Array, estimate: number, confidence: number): Interval {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const reach = normalQuantile(confidence) * Math.sqrt(squares / (values.length - 1));
  return { low: estimate - reach, high: estimate + reach };
}
