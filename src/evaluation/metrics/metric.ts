import type { Predictions } from '../predictions.ts';

/** A figure of resampled examples: `counts` tells how often each was drawn, once unless given. */
export type Statistic = (counts?: ArrayLike<number>) => number;

export interface Metric {
  readonly title: string;
  readonly better: 'higher' | 'lower';
  /** A share is shown in percent and its changes in percentage points. */
  readonly unit: 'share' | 'plain';
  /**
   * Everything that does not depend on which examples are drawn is done here, once. Undefined where
   * the model does not give what the metric needs; NaN where the examples do not.
   */
  readonly prepare: (predictions: Predictions, labels: Int32Array) => Statistic | undefined;
}

/** The mean of one value for each example. */
export function meanOf(values: Float64Array): Statistic {
  return (counts) => {
    let sum = 0;
    let total = 0;
    for (let row = 0; row < values.length; row++) {
      const count = counts?.[row] ?? 1;
      sum += count * (values[row] ?? 0);
      total += count;
    }
    return sum / total;
  };
}
