import type { Classified } from '../../pairings.ts';
import type { ClassTotals } from '../../confusion.ts';
import type { Metric } from '../metric.ts';
import { ofTotals } from './totals.ts';

/** scikit-learn's `matthews_corrcoef`. */
export const matthews: Metric<Classified> = {
  name: 'matthews',
  title: 'Matthews correlation',
  better: 'higher',
  unit: 'plain',
  prepare: ofTotals(correlation),
};

/** For any number of classes: Gorodkin 2004, R_K; 0 where it is 0 / 0. */
function correlation({ hits, actual, predicted }: ClassTotals): number {
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
