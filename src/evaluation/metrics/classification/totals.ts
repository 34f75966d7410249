import type { Classified } from '../../pairings.ts';
import { classTotals, type ClassTotals } from '../../confusion.ts';
import type { Metric } from '../metric.ts';

/** A metric that needs no more than how often each class was there, guessed, and hit. */
export function ofTotals(figure: (totals: ClassTotals) => number): Metric<Classified>['prepare'] {
  return ({ labels, predicted, classes }) =>
    (counts) =>
      figure(classTotals(labels, predicted, classes, counts));
}

/** Classes that are neither there nor predicted have no figures, and no say. */
export function meanOfKnown(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}
