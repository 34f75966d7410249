import type { Classified } from '../../pairings.ts';
import { averagePrecision, rankingOf, rocArea, type Ranking } from '../ranking.ts';
import type { Metric, Statistic } from '../metric.ts';

/** scikit-learn's `roc_auc_score`: of the second of two classes, else each against the rest. */
export const rocAuc: Metric<Classified> = {
  name: 'roc-auc',
  title: 'ROC AUC',
  better: 'higher',
  unit: 'plain',
  prepare: (answers) => overClasses(answers, rocArea),
};

/** scikit-learn's `average_precision_score`, over classes in the same way. */
export const prAuc: Metric<Classified> = {
  name: 'pr-auc',
  title: 'PR AUC',
  better: 'higher',
  unit: 'plain',
  prepare: (answers) => overClasses(answers, averagePrecision),
};

/** One class against the rest, by its probability. */
export function rankingOfClass(
  { probabilities = new Float64Array(), labels, classes }: Classified,
  index: number,
): Ranking {
  return rankingOf(
    labels.length,
    (row) => probabilities[row * classes + index] ?? 0,
    (row) => labels[row] === index,
  );
}

/** The plain mean over the classes; NaN where one has no examples. */
function overClasses(
  answers: Classified,
  area: (ranking: Ranking, counts?: ArrayLike<number>) => number,
): Statistic | undefined {
  if (!answers.probabilities) return undefined;
  const wanted =
    answers.classes === 2 ? [1] : Array.from({ length: answers.classes }, (_, index) => index);
  const rankings = wanted.map((index) => rankingOfClass(answers, index));
  return (counts) =>
    rankings.reduce((sum, ranking) => sum + area(ranking, counts), 0) / rankings.length;
}
