import type { QualityMetric } from '../../project/evaluation-policy.ts';
import { classFigures, classTotals, type ClassTotals } from '../confusion.ts';
import type { Predictions } from '../predictions.ts';
import { brier, calibrationError } from './calibration.ts';
import { meanOf, type Metric, type Statistic } from './metric.ts';
import { isInTop, prAuc, rocAuc } from './ranking.ts';

/** scikit-learn's limit, the distance from 1 to the next float64: a sure mistake costs 36 nats. */
const SMALLEST_PROBABILITY = Number.EPSILON;

/** Every metric of classification, each equal to scikit-learn's of the same name. */
export const METRICS: Readonly<Record<QualityMetric, Metric>> = {
  accuracy: {
    title: 'accuracy',
    better: 'higher',
    unit: 'share',
    prepare: ({ predicted }, labels) =>
      meanOf(Float64Array.from(labels, (label, row) => (predicted[row] === label ? 1 : 0))),
  },
  'macro-f1': {
    title: 'macro F1',
    better: 'higher',
    unit: 'share',
    prepare: fromTotals((totals) => meanOfKnown(classFigures(totals).map(({ f1 }) => f1))),
  },
  'log-loss': { title: 'log loss', better: 'lower', unit: 'plain', prepare: logLoss },
  'balanced-accuracy': {
    title: 'balanced accuracy',
    better: 'higher',
    unit: 'share',
    prepare: fromTotals((totals) => meanOfKnown(classFigures(totals).map(({ recall }) => recall))),
  },
  'top-5-accuracy': {
    title: 'top-5 accuracy',
    better: 'higher',
    unit: 'share',
    prepare: (predictions, labels) =>
      // Of five classes or fewer, every answer is among the first five.
      predictions.probabilities && predictions.classes > 5
        ? meanOf(
            Float64Array.from(labels, (label, row) => Number(isInTop(predictions, row, label, 5))),
          )
        : undefined,
  },
  matthews: {
    title: 'Matthews correlation',
    better: 'higher',
    unit: 'plain',
    prepare: fromTotals(matthews),
  },
  'roc-auc': { title: 'ROC AUC', better: 'higher', unit: 'plain', prepare: rocAuc },
  'pr-auc': { title: 'PR AUC', better: 'higher', unit: 'plain', prepare: prAuc },
  brier: { title: 'Brier score', better: 'lower', unit: 'plain', prepare: brier },
  'calibration-error': {
    title: 'calibration error',
    better: 'lower',
    unit: 'share',
    prepare: calibrationError,
  },
};

function logLoss(
  { probabilities, classes }: Predictions,
  labels: Int32Array,
): Statistic | undefined {
  if (!probabilities) return undefined;
  return meanOf(
    Float64Array.from(labels, (label, row) => {
      const given = probabilities[row * classes + label] ?? 0;
      const limit = SMALLEST_PROBABILITY;
      return -Math.log(Math.min(Math.max(given, limit), 1 - limit));
    }),
  );
}

function fromTotals(figure: (totals: ClassTotals) => number): Metric['prepare'] {
  return ({ predicted, classes }, labels) =>
    (counts) =>
      figure(classTotals(labels, predicted, classes, counts));
}

/** Classes that are neither there nor predicted have no figures, and no say. */
function meanOfKnown(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Matthews correlation for any number of classes: Gorodkin 2004, R_K; 0 where it is 0 / 0. */
function matthews({ hits, actual, predicted }: ClassTotals): number {
  const [right, total] = [sum(hits), sum(actual)];
  const together = sum(actual.map((count, index) => count * (predicted[index] ?? 0)));
  const actualSquares = sum(actual.map((count) => count * count));
  const guessedSquares = sum(predicted.map((count) => count * count));
  const spread = Math.sqrt((total ** 2 - guessedSquares) * (total ** 2 - actualSquares));
  return spread === 0 ? 0 : (right * total - together) / spread;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
