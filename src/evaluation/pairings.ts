/** Labels and answers, paired and checked, as the metrics of each task need them. */
export interface Pairing {
  readonly examples: number;
}

/** Examples of which each has one class, and what the model takes them for. */
export interface Classified extends Pairing {
  readonly classes: number;
  /** The true class of each example. */
  readonly labels: Int32Array;
  /** The class that the model gives each example. */
  readonly predicted: Int32Array;
  /** [examples, classes], each row a distribution; undefined where the model gives classes alone. */
  readonly probabilities: Float64Array | undefined;
  /** What the model's output was taken for. */
  readonly scores: ScoreKind;
}

export type ScoreKind = 'probabilities' | 'logits' | 'class indices';

/** Examples that belong to any number of classes at once. */
export interface Multilabelled extends Pairing {
  readonly classes: number;
  /** [examples, classes], 1 where the example belongs to the class. */
  readonly labels: Uint8Array;
  /** [examples, classes], 1 where the model says so. */
  readonly predicted: Uint8Array;
  /** [examples, classes], 0 to 1; undefined where the model gives 0 and 1 alone. */
  readonly probabilities: Float64Array | undefined;
}

/** Numbers to meet, one or several for each example. */
export interface Regressed extends Pairing {
  /** Numbers for each example. */
  readonly width: number;
  /** [examples, width] */
  readonly truth: Float64Array;
  /** [examples, width] */
  readonly predicted: Float64Array;
}
