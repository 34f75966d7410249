import type { ClassTotals } from '../../confusion.ts';
import type { Multilabelled } from '../../pairings.ts';
import { averageTitle, averaged, FIGURES } from '../averages.ts';
import { meanOf, share, type Metric } from '../metric.ts';

/** scikit-learn's `precision_score`, `recall_score` and `f1_score` of indicator matrices. */
export const overClasses: readonly Metric<Multilabelled>[] = (
  ['micro', 'macro', 'weighted'] as const
).flatMap((average) =>
  FIGURES.map((figure): Metric<Multilabelled> => ({
    name: `${average}-${figure}`,
    title: averageTitle(figure, average),
    better: 'higher',
    unit: 'share',
    prepare: (pairing) => (counts) => averaged(totals(pairing, counts), figure, average),
  })),
);

/** The mean over examples of the F1 of each: scikit-learn's `average="samples"`. */
export const samplesF1: Metric<Multilabelled> = {
  name: 'samples-f1',
  title: 'F1 by example',
  better: 'higher',
  unit: 'share',
  prepare: ({ examples, classes, labels, predicted }) =>
    meanOf(
      Float64Array.from({ length: examples }, (_, row) => {
        let [hits, either] = [0, 0];
        for (let at = row * classes; at < (row + 1) * classes; at++) {
          const [label = 0, guess = 0] = [labels[at], predicted[at]];
          hits += label & guess;
          either += label + guess;
        }
        return share(2 * hits, either);
      }),
    ),
};

/** Sums for each class. */
export function totals(
  { examples, classes, labels, predicted }: Multilabelled,
  counts?: ArrayLike<number>,
): ClassTotals {
  const sums = {
    hits: new Float64Array(classes),
    actual: new Float64Array(classes),
    predicted: new Float64Array(classes),
  };
  for (let row = 0; row < examples; row++) {
    const count = counts?.[row] ?? 1;
    for (let index = 0; index < classes; index++) {
      const at = row * classes + index;
      const [label = 0, guess = 0] = [labels[at], predicted[at]];
      sums.actual[index] = (sums.actual[index] ?? 0) + count * label;
      sums.predicted[index] = (sums.predicted[index] ?? 0) + count * guess;
      sums.hits[index] = (sums.hits[index] ?? 0) + count * (label & guess);
    }
  }
  return sums;
}
