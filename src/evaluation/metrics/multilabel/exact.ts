import type { Multilabelled } from '../../pairings.ts';
import { meanOf, type Metric } from '../metric.ts';

/** Every class of the example right: scikit-learn's `accuracy_score` of indicator matrices. */
export const subsetAccuracy: Metric<Multilabelled> = {
  name: 'subset-accuracy',
  title: 'exact match',
  better: 'higher',
  unit: 'share',
  prepare: (pairing) => meanOf(wrongOf(pairing).map((wrong) => Number(wrong === 0))),
};

/** The share of labels that are wrong: scikit-learn's `hamming_loss`. */
export const hammingLoss: Metric<Multilabelled> = {
  name: 'hamming-loss',
  title: 'Hamming loss',
  better: 'lower',
  unit: 'share',
  prepare: (pairing) => meanOf(wrongOf(pairing).map((wrong) => wrong / pairing.classes)),
};

/** How many classes of each example are wrong. */
function wrongOf({ examples, classes, labels, predicted }: Multilabelled): Float64Array {
  return Float64Array.from({ length: examples }, (_, row) => {
    let wrong = 0;
    for (let at = row * classes; at < (row + 1) * classes; at++) {
      wrong += Number(labels[at] !== predicted[at]);
    }
    return wrong;
  });
}
