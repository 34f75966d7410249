import type { Classified } from '../../pairings.ts';
import { meanOf, type Metric } from '../metric.ts';

/** scikit-learn's limit, the distance from 1 to the next float64: a sure mistake costs 36 nats. */
const SMALLEST_PROBABILITY = Number.EPSILON;

/** scikit-learn's `log_loss`. */
export const logLoss: Metric<Classified> = {
  name: 'log-loss',
  title: 'log loss',
  better: 'lower',
  unit: 'plain',
  prepare: ({ probabilities, labels, classes }) =>
    probabilities &&
    meanOf(
      Float64Array.from(labels, (label, row) => {
        const given = probabilities[row * classes + label] ?? 0;
        const limit = SMALLEST_PROBABILITY;
        return -Math.log(Math.min(Math.max(given, limit), 1 - limit));
      }),
    ),
};
