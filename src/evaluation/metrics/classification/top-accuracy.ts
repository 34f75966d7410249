import type { Classified } from '../../pairings.ts';
import { meanOf, type Metric } from '../metric.ts';

/** scikit-learn's `top_k_accuracy_score`: the label is among the `k` highest scores. */
export const topAccuracy: readonly Metric<Classified>[] = ([3, 5, 10] as const).map((k) => ({
  name: `top-${k}-accuracy`,
  title: `top-${k} accuracy`,
  better: 'higher',
  unit: 'share',
  prepare: (answers) =>
    // Of k classes or fewer, every answer is among the first k.
    answers.probabilities && answers.classes > k
      ? meanOf(
          Float64Array.from(answers.labels, (label, row) =>
            Number(isInTop(answers, row, label, k)),
          ),
        )
      : undefined,
}));

/** Of equal scores the later class counts first, as in scikit-learn. */
function isInTop(
  { probabilities = new Float64Array(), classes }: Classified,
  row: number,
  label: number,
  k: number,
): boolean {
  const own = probabilities[row * classes + label] ?? 0;
  let before = 0;
  for (let other = 0; other < classes; other++) {
    const score = probabilities[row * classes + other] ?? 0;
    if (score > own || (score === own && other > label)) before += 1;
  }
  return before < k;
}
