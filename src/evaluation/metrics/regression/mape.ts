import type { Regressed } from '../../pairings.ts';
import type { Metric } from '../metric.ts';
import { meanError } from './mean-error.ts';

/** scikit-learn's `mean_absolute_percentage_error`: a truth of 0 counts as the smallest step from 1. */
export const mape: Metric<Regressed> = {
  name: 'mape',
  title: 'mean absolute percentage error',
  better: 'lower',
  unit: 'share',
  prepare: (pairing) =>
    meanError(
      pairing,
      (truth, predicted) => Math.abs(predicted - truth) / Math.max(Math.abs(truth), Number.EPSILON),
    ),
};
