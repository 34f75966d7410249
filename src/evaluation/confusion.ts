/** Beyond, a matrix is neither read nor worth its memory, which grows with the square. */
const MAX_CLASSES = 100;

/** How often each class was taken for each, [classes, classes]: row = label, column = prediction. */
export interface Confusion {
  readonly classes: number;
  readonly counts: Float64Array;
}

/** Undefined where there are too many classes. */
export function confusionOf(
  labels: Int32Array,
  predicted: Int32Array,
  classes: number,
): Confusion | undefined {
  if (classes > MAX_CLASSES) return undefined;
  const counts = new Float64Array(classes * classes);
  for (let row = 0; row < labels.length; row++) {
    const cell = (labels[row] ?? 0) * classes + (predicted[row] ?? 0);
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  return { classes, counts };
}

/** Sums for each class: the matrix as far as most figures need it. */
export interface ClassTotals {
  readonly hits: Float64Array;
  readonly actual: Float64Array;
  readonly predicted: Float64Array;
}

/** @param weights how often each example counts; once unless given */
export function classTotals(
  labels: Int32Array,
  predictions: Int32Array,
  classes: number,
  weights?: ArrayLike<number>,
): ClassTotals {
  const hits = new Float64Array(classes);
  const actual = new Float64Array(classes);
  const predicted = new Float64Array(classes);
  for (let row = 0; row < labels.length; row++) {
    const weight = weights?.[row] ?? 1;
    const [label, guess] = [labels[row] ?? 0, predictions[row] ?? 0];
    actual[label] = (actual[label] ?? 0) + weight;
    predicted[guess] = (predicted[guess] ?? 0) + weight;
    if (label === guess) hits[label] = (hits[label] ?? 0) + weight;
  }
  return { hits, actual, predicted };
}

export interface ClassFigures {
  /** Right among those that were predicted; NaN where none were. */
  readonly precision: number;
  /** Right among those that there are; NaN where there are none. */
  readonly recall: number;
  /** 2 tp / (2 tp + fp + fn); NaN where the class is neither there nor predicted. */
  readonly f1: number;
  /** Examples of the class. */
  readonly support: number;
}

/** Precision, recall and F1 of each class, as scikit-learn's `precision_recall_fscore_support`. */
export function classFigures({ hits, actual, predicted }: ClassTotals): ClassFigures[] {
  return Array.from(hits, (right, index) => {
    const [support, guesses] = [actual[index] ?? 0, predicted[index] ?? 0];
    return {
      precision: right / guesses,
      recall: right / support,
      f1: (2 * right) / (support + guesses),
      support,
    };
  });
}
