import type { Predictions } from '../predictions.ts';
import { meanOf, type Statistic } from './metric.ts';

/** As many as Guo et al. 2017, "On Calibration of Modern Neural Networks", use throughout. */
export const BINS = 15;

/** The bin of a confidence: (0, 1/15], (1/15, 2/15] ... */
export function binOf(confidence: number): number {
  return Math.min(BINS - 1, Math.max(0, Math.ceil(confidence * BINS) - 1));
}

/** The highest probability of each example. */
export function confidences({ probabilities, predicted, classes }: Predictions): Float64Array {
  return Float64Array.from(
    predicted,
    (index, row) => probabilities?.[row * classes + index] ?? NaN,
  );
}

/** Expected calibration error: how far confidence and accuracy are apart, by bins of confidence. */
export function calibrationError(
  predictions: Predictions,
  labels: Int32Array,
): Statistic | undefined {
  if (!predictions.probabilities) return undefined;
  const { predicted } = predictions;
  const confidence = confidences(predictions);
  const bins = Uint8Array.from(confidence, binOf);
  return (counts) => {
    const gaps = new Float64Array(BINS);
    let total = 0;
    for (let row = 0; row < labels.length; row++) {
      const count = counts?.[row] ?? 1;
      const bin = bins[row] ?? 0;
      const right = predicted[row] === labels[row] ? 1 : 0;
      gaps[bin] = (gaps[bin] ?? 0) + count * (right - (confidence[row] ?? 0));
      total += count;
    }
    return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / total;
  };
}

/**
 * Brier score: squared distance of the distribution from the truth, summed over classes; for two
 * classes that of the second alone, as it was first defined (Brier 1950) and scikit-learn has it.
 */
export function brier(
  { probabilities, classes }: Predictions,
  labels: Int32Array,
): Statistic | undefined {
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
}
