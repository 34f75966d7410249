import type { Interval } from './interval.ts';
import { quantile } from './quantile.ts';
import type { Random } from './random.ts';

/** The 5 % ends then rest on 100 resamples each, which moves them by less than 3 % of their width. */
export const RESAMPLES = 2000;

/**
 * Percentile bootstrap (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter
 * 13). A resample is told as how often each of the `size` items was drawn, so that a statistic of
 * pairs resamples both sides alike. Statistics that come out as NaN are left out.
 * @param confidence of each end by itself: 0.95 gives the 5 % and 95 % quantiles.
 */
export function bootstrapInterval(
  size: number,
  statistic: (counts: Uint32Array) => number,
  options: { readonly confidence: number; readonly random: Random; readonly resamples?: number },
): Interval {
  const { confidence, random, resamples = RESAMPLES } = options;
  const values = new Float64Array(resamples);
  const counts = new Uint32Array(size);
  let kept = 0;
  for (let resample = 0; resample < resamples; resample++) {
    counts.fill(0);
    for (let draw = 0; draw < size; draw++) {
      const item = Math.floor(random() * size);
      counts[item] = (counts[item] ?? 0) + 1;
    }
    const value = statistic(counts);
    if (!Number.isNaN(value)) values[kept++] = value;
  }
  const sorted = values.subarray(0, kept).sort();
  return { low: quantile(sorted, 1 - confidence), high: quantile(sorted, confidence) };
}
