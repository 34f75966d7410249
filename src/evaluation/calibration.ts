import type { Classified } from './pairings.ts';

/** As many as Guo et al. 2017, "On Calibration of Modern Neural Networks", use throughout. */
export const BINS = 15;

/** The bin of a confidence: (0, 1/15], (1/15, 2/15] ... */
export function binOf(confidence: number): number {
  return Math.min(BINS - 1, Math.max(0, Math.ceil(confidence * BINS) - 1));
}

/** The probability of each example's own answer, the highest of its row. */
export function confidences({ probabilities, predicted, classes }: Classified): Float64Array {
  return Float64Array.from(
    predicted,
    (index, row) => probabilities?.[row * classes + index] ?? NaN,
  );
}
