import type { Classified } from '../../pairings.ts';
import { areaMetrics } from '../areas.ts';
import { rankingOf, type Ranking } from '../ranking.ts';

/** Of the second of two classes, else of each against the rest. */
export const areas = areaMetrics((answers: Classified) => {
  const { probabilities, classes } = answers;
  if (!probabilities) return undefined;
  const wanted = classes === 2 ? [1] : Array.from({ length: classes }, (_, index) => index);
  return wanted.map((index) => rankingOfClass(answers, index));
});

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
