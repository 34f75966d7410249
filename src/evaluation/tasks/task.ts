import type { NdArray } from '../../formats/nd-array.ts';
import type { Outputs } from '../../inference/answers.ts';
import type { QualityMetric, TaskName } from '../../project/metric-names.ts';
import { besides, takeExamples } from '../pairing-rows.ts';
import type { Pairing } from '../pairings.ts';
import type { ClassFigures, Confusion } from '../confusion.ts';
import type { ClassCurves, ReliabilityBin } from '../curves.ts';
import type { Metric, MetricInfo, Statistic } from '../metrics/metric.ts';

/**
 * What is true of the examples, one entry along the first axis for each: an array of numbers, or
 * for tasks with structured labels a value as JSON has it.
 */
export type Labels = NdArray | readonly unknown[];

/** What one model answered: the numbers of one output, or a value as JSON has it for each example. */
export type RawAnswers = Outputs | readonly unknown[];

/** What a task needs beside labels and answers; most of it is for messages. */
export interface Reading {
  /** The data set, as the policy names it. */
  readonly file: string;
  /** How errors call the model: `candidate digits`. */
  readonly subject: string;
  /** Names of the classes by index, where the policy has them. */
  readonly classNames: readonly string[] | undefined;
}

/** The answers to one example in words, for those that flipped. */
export interface Answer {
  readonly label: string;
  readonly answer: string;
  /** The model's probability for its own answer, where it gives one. */
  readonly confidence: number | undefined;
}

/** What reports show beside the metrics, as far as the task has it. */
export interface Details {
  /** What the model's output was taken for: `logits`. */
  readonly readAs: string;
  /** By index; the index itself where nobody named them. */
  readonly classNames: readonly string[];
  readonly classes: readonly ClassFigures[];
  /** Undefined where there are too many classes for a matrix. */
  readonly confusion: Confusion | undefined;
  readonly reliability: readonly ReliabilityBin[];
  readonly curves: readonly ClassCurves[];
}

/** A task whose reports need no more than metrics. */
export function noDetails(readAs: string): Details {
  return {
    readAs,
    classNames: [],
    classes: [],
    confusion: undefined,
    reliability: [],
    curves: [],
  };
}

/** What makes a task: how to pair labels with answers, and what to compute of the pairs. */
export interface TaskDefinition<P extends Pairing> {
  readonly name: TaskName;
  readonly title: string;
  /** In the order of reports. */
  readonly metrics: readonly Metric<P>[];
  /** Shown first, and compared even where no gate asks: a reader wants to know. */
  readonly main: readonly QualityMetric[];
  /** @throws UserError where labels and answers do not belong together. */
  pair(labels: Labels, answers: RawAnswers, reading: Reading): P;
  /** 1 for each example that is answered right; left out where nothing is right or wrong. */
  right?(pairing: P): Uint8Array;
  answer?(pairing: P, example: number, reading: Reading): Answer;
  details(pairing: P, reading: Reading): Details;
}

/** Answers of one model with all that can be computed of them; the pairing's type is inside. */
export interface Scored {
  readonly task: TaskName;
  readonly pairing: Pairing;
  readonly examples: number;
  /** Whether metrics of some of the examples can be computed, and so intervals and slices. */
  readonly divisible: boolean;
  /** Undefined where the task has no such metric, or the model does not give what it needs. */
  statistic(metric: QualityMetric): Statistic | undefined;
  take(rows: Uint32Array): Scored;
  /** These answers, and behind them those of another model; undefined where they do not go together. */
  beside(other: Scored): Scored | undefined;
  /** 1 for each right answer; undefined where nothing is right or wrong. */
  readonly right: Uint8Array | undefined;
  answer(example: number): Answer | undefined;
  details(): Details;
}

export interface Task {
  readonly name: TaskName;
  readonly title: string;
  readonly metrics: readonly MetricInfo[];
  readonly main: readonly QualityMetric[];
  /** @throws UserError where labels and answers do not belong together. */
  score(labels: Labels, answers: RawAnswers, reading: Reading): Scored;
}

/** Hides the type of the pairing, so that tasks of all kinds lie in one table. */
export function defineTask<P extends Pairing>(definition: TaskDefinition<P>): Task {
  const { name, title, metrics, main } = definition;
  return {
    name,
    title,
    metrics,
    main,
    score: (labels, answers, reading) =>
      scored(definition, definition.pair(labels, answers, reading), reading),
  };
}

function scored<P extends Pairing>(
  definition: TaskDefinition<P>,
  pairing: P,
  reading: Reading,
): Scored {
  return {
    task: definition.name,
    pairing,
    examples: pairing.examples,
    divisible: true,
    statistic: (name) =>
      definition.metrics.find((metric) => metric.name === name)?.prepare(pairing),
    take: (rows) => scored(definition, takeExamples(pairing, rows), reading),
    beside: (other) => {
      const both = besides(pairing, other.pairing as P);
      return both && scored(definition, both, reading);
    },
    right: definition.right?.(pairing),
    answer: (example) => definition.answer?.(pairing, example, reading),
    details: () => definition.details(pairing, reading),
  };
}
