import type { QualityMetric } from '../../project/metric-names.ts';

/** A figure of resampled examples: `counts` tells how often each was drawn, once unless given. */
export interface Statistic {
  (counts?: ArrayLike<number>): number;
  /** Where the figure is the plain mean of one value for each example: those values. */
  readonly values?: Float64Array;
}

/** What every report needs to know of a metric. */
export interface MetricInfo {
  readonly name: QualityMetric;
  readonly title: string;
  readonly better: 'higher' | 'lower';
  /** A share is shown in percent and its changes in percentage points. */
  readonly unit: 'share' | 'plain';
}

/** A figure of how well a model answers; `A` is what the metric's task makes of the answers. */
export interface Metric<A> extends MetricInfo {
  /**
   * Everything that does not depend on which examples are drawn is done here, once. Undefined where
   * the model does not give what the metric needs; NaN where the examples do not.
   */
  readonly prepare: (answers: A) => Statistic | undefined;
}

/** The mean of one value for each example. */
export function meanOf(values: Float64Array): Statistic {
  const mean = (counts?: ArrayLike<number>) => {
    let sum = 0;
    let total = 0;
    for (let row = 0; row < values.length; row++) {
      const count = counts?.[row] ?? 1;
      sum += count * (values[row] ?? 0);
      total += count;
    }
    return sum / total;
  };
  return Object.assign(mean, { values });
}

/** One sum over another, such as hits over guesses; 0 where both are 0, as scikit-learn has it. */
export function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
