import type { Classified } from '../../pairings.ts';
import { BINS, binOf, confidences } from '../../calibration.ts';
import type { Metric } from '../metric.ts';

/** Expected calibration error: how far confidence and accuracy are apart, by bins of confidence. */
export const calibrationError: Metric<Classified> = {
  name: 'calibration-error',
  title: 'calibration error',
  better: 'lower',
  unit: 'share',
  prepare: (answers) => {
    if (!answers.probabilities) return undefined;
    const { predicted, labels } = answers;
    const confidence = confidences(answers);
    const binOfRow = Uint8Array.from(confidence, binOf);
    return (counts) => {
      const gaps = new Float64Array(BINS);
      let total = 0;
      for (let row = 0; row < labels.length; row++) {
        const count = counts?.[row] ?? 1;
        const bin = binOfRow[row] ?? 0;
        const right = predicted[row] === labels[row] ? 1 : 0;
        gaps[bin] = (gaps[bin] ?? 0) + count * (right - (confidence[row] ?? 0));
        total += count;
      }
      return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / total;
    };
  },
};
