import type { Regressed } from '../../pairings.ts';
import type { Metric, Statistic } from '../metric.ts';

/** The plain mean of a figure of each of the numbers that an example has. */
export function perNumber(
  figure: (truth: Float64Array, predicted: Float64Array) => Statistic,
): Metric<Regressed>['prepare'] {
  return ({ examples, width, truth, predicted }) => {
    const column = (values: Float64Array, index: number) =>
      Float64Array.from({ length: examples }, (_, row) => values[row * width + index] ?? 0);
    const figures = Array.from({ length: width }, (_, index) =>
      figure(column(truth, index), column(predicted, index)),
    );
    return (counts) => figures.reduce((sum, one) => sum + one(counts), 0) / width;
  };
}
