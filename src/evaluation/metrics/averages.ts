import type { ClassTotals } from '../confusion.ts';
import { share } from './metric.ts';

export const FIGURES = ['precision', 'recall', 'f1'] as const;

export type Figure = (typeof FIGURES)[number];

/** How the figures of classes become one; `second` takes that of the second of two classes. */
export type Average = 'macro' | 'micro' | 'weighted' | 'second';

const WORDS = { precision: 'precision', recall: 'recall', f1: 'F1' } as const;

export function averageTitle(figure: Figure, average?: Average): string {
  return average ? `${average} ${WORDS[figure]}` : WORDS[figure];
}

/**
 * scikit-learn's `precision_recall_fscore_support` with an average, over all the classes given: 0 / 0
 * counts as 0.
 */
export function averaged(totals: ClassTotals, figure: Figure, average: Average): number {
  const { hits, actual, predicted } = totals;
  if (average === 'micro') return of(figure, sum(hits), sum(actual), sum(predicted));
  const values = Array.from(hits, (hit, index) =>
    of(figure, hit, actual[index] ?? 0, predicted[index] ?? 0),
  );
  if (average === 'second') return values[1] ?? NaN;
  const weights = Array.from(actual, (support) => (average === 'weighted' ? support : 1));
  const whole = weights.reduce((a, b) => a + b, 0);
  return share(
    values.reduce((total, value, index) => total + value * (weights[index] ?? 0), 0),
    whole,
  );
}

/** Classes that are neither there nor predicted have no say where each example has one class. */
export function seen({ hits, actual, predicted }: ClassTotals): ClassTotals {
  const isSeen = (_: number, index: number) => (actual[index] ?? 0) + (predicted[index] ?? 0) > 0;
  return {
    hits: hits.filter(isSeen),
    actual: actual.filter(isSeen),
    predicted: predicted.filter(isSeen),
  };
}

function of(figure: Figure, hits: number, actual: number, predicted: number): number {
  switch (figure) {
    case 'precision':
      return share(hits, predicted);
    case 'recall':
      return share(hits, actual);
    case 'f1':
      return share(2 * hits, actual + predicted);
  }
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
