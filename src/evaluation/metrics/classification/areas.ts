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

/** Both areas and the curves go by the same rankings. */
const rankings = new WeakMap<Classified, Map<number, Ranking>>();

/** One class against the rest, by its probability. */
export function rankingOfClass(answers: Classified, index: number): Ranking {
  const { probabilities = new Float64Array(), labels, classes } = answers;
  const known = rankings.get(answers) ?? new Map<number, Ranking>();
  rankings.set(answers, known);
  const ranking =
    known.get(index) ??
    rankingOf(
      labels.length,
      (row) => probabilities[row * classes + index] ?? 0,
      (row) => labels[row] === index,
    );
  known.set(index, ranking);
  return ranking;
}
