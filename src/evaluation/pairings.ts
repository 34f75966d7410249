/**
 * Labels and answers, paired and checked, as the metrics of each task need them. Every array in one
 * has as many entries for each example, in the order of the examples; the rest is true of all.
 */
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

/** Sequences of tokens that each have a tag, such as `B-PER`. */
export interface Tagged extends Pairing {
  /** By example, padding left out. */
  readonly labels: readonly (readonly string[])[];
  readonly predicted: readonly (readonly string[])[];
}

/** A box [x, y, width, height] in pixels. */
export type Box = readonly [number, number, number, number];

export interface TrueBox {
  readonly class: string;
  readonly box: Box;
  /** Pixels; that of the box unless the data set has masks. */
  readonly area: number;
  /** A crowd may be found by any number of boxes. */
  readonly crowd: boolean;
}

export interface FoundBox {
  readonly class: string;
  readonly box: Box;
  readonly score: number;
}

/** Images with the boxes that are there, and those that were found. */
export interface Detected extends Pairing {
  readonly truths: readonly (readonly TrueBox[])[];
  readonly found: readonly (readonly FoundBox[])[];
}

/** Queries with what was retrieved for them. */
export interface Ranked extends Pairing {
  /** The relevance of what each query retrieved, best ranked first; 0 is not relevant. */
  readonly gains: readonly Float64Array[];
  /** The relevance of everything that there is for each query, highest first, without zeros. */
  readonly ideal: readonly Float64Array[];
}

/** Texts with how likely a language model finds them. */
export interface Likely extends Pairing {
  /** -log of the probability of each text, in nats. */
  readonly surprise: Float64Array;
  /** Tokens of each text that were predicted. */
  readonly tokens: Float64Array;
  /** Tokens that were the most likely ones; undefined where the model gives probabilities alone. */
  readonly hits: Float64Array | undefined;
}
