import type { Regressed } from '../../pairings.ts';
import { meanOf, type Statistic } from '../metric.ts';

/** The mean over all numbers of an error that each has by itself. */
export function meanError(
  { examples, width, truth, predicted }: Regressed,
  error: (truth: number, predicted: number) => number,
): Statistic {
  return meanOf(
    Float64Array.from({ length: examples }, (_, row) => {
      let sum = 0;
      for (let at = row * width; at < (row + 1) * width; at++) {
        sum += error(truth[at] ?? 0, predicted[at] ?? 0);
      }
      return sum / width;
    }),
  );
}
