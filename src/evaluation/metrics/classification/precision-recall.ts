import type { Classified } from '../../pairings.ts';
import { classTotals } from '../../confusion.ts';
import { averageTitle, averaged, FIGURES, seen, type Average, type Figure } from '../averages.ts';
import type { Metric } from '../metric.ts';

/**
 * scikit-learn's `precision_score`, `recall_score` and `f1_score`, `average="binary"`: of the
 * second of two classes.
 */
export const ofSecondClass: readonly Metric<Classified>[] = FIGURES.map((figure) => ({
  name: figure,
  title: averageTitle(figure),
  better: 'higher',
  unit: 'share',
  prepare: ({ labels, predicted, classes }) =>
    classes === 2
      ? (counts) => averaged(classTotals(labels, predicted, classes, counts), figure, 'second')
      : undefined,
}));

/** The same by average over classes; of single labels, the micro average is the accuracy. */
export const overClasses: readonly Metric<Classified>[] = [
  by('macro', 'f1'),
  by('macro', 'precision'),
  by('macro', 'recall'),
  by('weighted', 'precision'),
  by('weighted', 'recall'),
  by('weighted', 'f1'),
  by('micro', 'f1'),
];

function by<const A extends Exclude<Average, 'second'>, const F extends Figure>(
  average: A,
  figure: F,
) {
  return {
    name: `${average}-${figure}` as const,
    title: averageTitle(figure, average),
    better: 'higher',
    unit: 'share',
    prepare:
      ({ labels, predicted, classes }: Classified) =>
      (counts?: ArrayLike<number>) =>
        averaged(seen(classTotals(labels, predicted, classes, counts)), figure, average),
  } as const;
}
