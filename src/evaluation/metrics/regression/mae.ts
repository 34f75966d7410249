import type { Regressed } from '../../pairings.ts';
import type { Metric } from '../metric.ts';
import { meanError } from './mean-error.ts';

/** scikit-learn's `mean_absolute_error`. */
export const mae: Metric<Regressed> = {
  name: 'mae',
  title: 'mean absolute error',
  better: 'lower',
  unit: 'plain',
  prepare: (pairing) => meanError(pairing, (truth, predicted) => Math.abs(predicted - truth)),
};
