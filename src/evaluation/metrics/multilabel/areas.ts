import type { Multilabelled } from '../../pairings.ts';
import { areaMetrics } from '../areas.ts';
import { rankingOf } from '../ranking.ts';

/** Of indicator matrices, macro average. */
export const areas = areaMetrics(
  ({ examples, classes, labels, probabilities }: Multilabelled) =>
    probabilities &&
    Array.from({ length: classes }, (_, index) =>
      rankingOf(
        examples,
        (row) => probabilities[row * classes + index] ?? 0,
        (row) => labels[row * classes + index] === 1,
      ),
    ),
);
