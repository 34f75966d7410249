import type { Multilabelled } from '../../pairings.ts';
import { meanOf, type Metric } from '../metric.ts';

/**
 * Of the classes ranked at least as high as a true one, the share that is true:
 * scikit-learn's `label_ranking_average_precision_score`.
 */
export const rankingPrecision: Metric<Multilabelled> = {
  name: 'ranking-precision',
  title: 'label ranking precision',
  better: 'higher',
  unit: 'share',
  prepare: ({ examples, classes, labels, probabilities }) =>
    probabilities &&
    meanOf(
      Float64Array.from({ length: examples }, (_, row) => {
        const from = row * classes;
        return precision(
          labels.subarray(from, from + classes),
          probabilities.subarray(from, from + classes),
        );
      }),
    ),
};

function precision(labels: Uint8Array, scores: Float64Array): number {
  const relevant = labels.reduce((sum, label) => sum + label, 0);
  if (relevant === 0 || relevant === labels.length) return 1;
  let sum = 0;
  labels.forEach((label, index) => {
    if (label === 0) return;
    let [rank, hits] = [0, 0];
    scores.forEach((score, other) => {
      if (score < (scores[index] ?? 0)) return;
      rank += 1;
      hits += labels[other] ?? 0;
    });
    sum += hits / rank;
  });
  return sum / relevant;
}
