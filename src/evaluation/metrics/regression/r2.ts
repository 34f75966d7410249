import type { Regressed } from '../../pairings.ts';
import type { Metric } from '../metric.ts';
import { perNumber } from './per-number.ts';

/** scikit-learn's `r2_score`: where the truth is constant, 1 if it is met and else 0. */
export const r2: Metric<Regressed> = {
  name: 'r2',
  title: 'R²',
  better: 'higher',
  unit: 'plain',
  prepare: perNumber((truth, predicted) => (counts) => {
    const countOf = (row: number) => counts?.[row] ?? 1;
    let [total, sum] = [0, 0];
    for (let row = 0; row < truth.length; row++) {
      total += countOf(row);
      sum += countOf(row) * (truth[row] ?? 0);
    }
    // Of fewer than two examples there is no spread to explain.
    if (total < 2) return NaN;
    const mean = sum / total;
    let [residual, spread] = [0, 0];
    for (let row = 0; row < truth.length; row++) {
      const value = truth[row] ?? 0;
      residual += countOf(row) * (value - (predicted[row] ?? 0)) ** 2;
      spread += countOf(row) * (value - mean) ** 2;
    }
    if (spread === 0) return residual === 0 ? 1 : 0;
    return 1 - residual / spread;
  }),
};
