/** How often each class was taken for each, [classes, classes]: row = label, column = prediction. */
export interface Confusion {
  readonly classes: number;
  readonly counts: Float64Array;
}

/** @param weights how often each example counts; once unless given */
export function confusionOf(
  labels: Int32Array,
  predicted: Int32Array,
  classes: number,
  weights?: ArrayLike<number>,
): Confusion {
  const counts = new Float64Array(classes * classes);
  for (let row = 0; row < labels.length; row++) {
    const cell = (labels[row] ?? 0) * classes + (predicted[row] ?? 0);
    counts[cell] = (counts[cell] ?? 0) + (weights?.[row] ?? 1);
  }
  return { classes, counts };
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
export function classFigures({ classes, counts }: Confusion): ClassFigures[] {
  const actual = new Float64Array(classes);
  const predicted = new Float64Array(classes);
  counts.forEach((count, cell) => {
    const [row, column] = [Math.floor(cell / classes), cell % classes];
    actual[row] = (actual[row] ?? 0) + count;
    predicted[column] = (predicted[column] ?? 0) + count;
  });
  return Array.from({ length: classes }, (_, index) => {
    const hits = counts[index * classes + index] ?? 0;
    const [support, guesses] = [actual[index] ?? 0, predicted[index] ?? 0];
    return {
      precision: hits / guesses,
      recall: hits / support,
      f1: (2 * hits) / (support + guesses),
      support,
    };
  });
}
