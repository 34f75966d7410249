import type { QualityMetric } from '../project/evaluation-policy.ts';
import { classFigures, confusionOf } from './confusion.ts';
import type { Predictions } from './predictions.ts';

/** A figure of resampled examples: `counts` tells how often each was drawn, once unless given. */
export type Statistic = (counts?: ArrayLike<number>) => number;

export interface Metric {
  readonly title: string;
  readonly better: 'higher' | 'lower';
  /** A share is shown in percent and its changes in percentage points. */
  readonly unit: 'share' | 'plain';
  /** Undefined where the model does not give what the metric needs. */
  readonly prepare: (predictions: Predictions, labels: Int32Array) => Statistic | undefined;
}

/** scikit-learn's limit, the distance from 1 to the next float64: a sure mistake costs 36 nats. */
const SMALLEST_PROBABILITY = Number.EPSILON;

export const METRICS: Readonly<Record<QualityMetric, Metric>> = {
  accuracy: {
    title: 'accuracy',
    better: 'higher',
    unit: 'share',
    prepare: ({ predicted }, labels) =>
      mean(Float64Array.from(labels, (label, row) => (predicted[row] === label ? 1 : 0))),
  },
  'macro-f1': {
    title: 'macro F1',
    better: 'higher',
    unit: 'share',
    prepare:
      ({ predicted, classes }, labels) =>
      (counts) =>
        macroF1(labels, predicted, classes, counts),
  },
  'log-loss': {
    title: 'log loss',
    better: 'lower',
    unit: 'plain',
    prepare: ({ probabilities, classes }, labels) =>
      probabilities &&
      mean(
        Float64Array.from(labels, (label, row) => {
          const given = probabilities[row * classes + label] ?? 0;
          const limit = SMALLEST_PROBABILITY;
          return -Math.log(Math.min(Math.max(given, limit), 1 - limit));
        }),
      ),
  },
};

function mean(values: Float64Array): Statistic {
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

/** The mean over the classes that are there or predicted, as scikit-learn's `f1_score`. */
function macroF1(
  labels: Int32Array,
  predicted: Int32Array,
  classes: number,
  counts?: ArrayLike<number>,
): number {
  const figures = classFigures(confusionOf(labels, predicted, classes, counts));
  const known = figures.map(({ f1 }) => f1).filter((f1) => !Number.isNaN(f1));
  return known.reduce((sum, f1) => sum + f1, 0) / known.length;
}
