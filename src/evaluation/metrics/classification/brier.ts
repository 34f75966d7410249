import type { Classified } from '../../pairings.ts';
import { meanOf, type Metric } from '../metric.ts';

/**
 * Brier score: squared distance of the distribution from the truth, summed over classes; for two
 * classes that of the second alone, as it was first defined (Brier 1950) and scikit-learn has it.
 */
export const brier: Metric<Classified> = {
  name: 'brier',
  title: 'Brier score',
  better: 'lower',
  unit: 'plain',
  prepare: ({ probabilities, labels, classes }) => {
    if (!probabilities) return undefined;
    const from = classes === 2 ? 1 : 0;
    return meanOf(
      Float64Array.from(labels, (label, row) => {
        let sum = 0;
        for (let index = from; index < classes; index++) {
          const truth = index === label ? 1 : 0;
          sum += ((probabilities[row * classes + index] ?? 0) - truth) ** 2;
        }
        return sum;
      }),
    );
  },
};
