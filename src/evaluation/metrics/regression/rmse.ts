import type { Regressed } from '../../pairings.ts';
import type { Metric } from '../metric.ts';
import { perNumber } from './per-number.ts';

/** scikit-learn's `root_mean_squared_error`: of several numbers, the mean of their roots. */
export const rmse: Metric<Regressed> = {
  name: 'rmse',
  title: 'RMSE',
  better: 'lower',
  unit: 'plain',
  prepare: perNumber((truth, predicted) => {
    const squares = truth.map((value, row) => (value - (predicted[row] ?? 0)) ** 2);
    return (counts) => {
      let [sum, total] = [0, 0];
      for (let row = 0; row < squares.length; row++) {
        const count = counts?.[row] ?? 1;
        sum += count * (squares[row] ?? 0);
        total += count;
      }
      return Math.sqrt(sum / total);
    };
  }),
};
