import type { Classified } from '../../pairings.ts';
import { meanOf, type Metric } from '../metric.ts';

/** scikit-learn's `accuracy_score`. */
export const accuracy: Metric<Classified> = {
  name: 'accuracy',
  title: 'accuracy',
  better: 'higher',
  unit: 'share',
  prepare: ({ predicted, labels }) =>
    meanOf(Float64Array.from(labels, (label, row) => Number(predicted[row] === label))),
};
