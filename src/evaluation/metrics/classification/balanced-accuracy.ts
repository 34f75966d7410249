import type { Classified } from '../../pairings.ts';
import { classFigures } from '../../confusion.ts';
import type { Metric } from '../metric.ts';
import { meanOfKnown, ofTotals } from './totals.ts';

/** The mean recall of the classes that there are: scikit-learn's `balanced_accuracy_score`. */
export const balancedAccuracy: Metric<Classified> = {
  name: 'balanced-accuracy',
  title: 'balanced accuracy',
  better: 'higher',
  unit: 'share',
  prepare: ofTotals((totals) => meanOfKnown(classFigures(totals).map(({ recall }) => recall))),
};
