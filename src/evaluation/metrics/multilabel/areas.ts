import type { Multilabelled } from '../../pairings.ts';
import type { Metric, Statistic } from '../metric.ts';
import { averagePrecision, rankingOf, rocArea, type Ranking } from '../ranking.ts';

/** scikit-learn's `roc_auc_score` of indicator matrices, macro average. */
export const rocAuc: Metric<Multilabelled> = {
  name: 'roc-auc',
  title: 'ROC AUC',
  better: 'higher',
  unit: 'plain',
  prepare: (pairing) => overClasses(pairing, rocArea),
};

/** scikit-learn's `average_precision_score` of indicator matrices, macro average. */
export const prAuc: Metric<Multilabelled> = {
  name: 'pr-auc',
  title: 'PR AUC',
  better: 'higher',
  unit: 'plain',
  prepare: (pairing) => overClasses(pairing, averagePrecision),
};

/** The plain mean over the classes; NaN where one has no examples. */
function overClasses(
  { examples, classes, labels, probabilities }: Multilabelled,
  area: (ranking: Ranking, counts?: ArrayLike<number>) => number,
): Statistic | undefined {
  if (!probabilities) return undefined;
  const rankings = Array.from({ length: classes }, (_, index) =>
    rankingOf(
      examples,
      (row) => probabilities[row * classes + index] ?? 0,
      (row) => labels[row * classes + index] === 1,
    ),
  );
  return (counts) => rankings.reduce((sum, ranking) => sum + area(ranking, counts), 0) / classes;
}
