import { classFigures } from '../confusion.ts';
import { multilabelMetrics } from '../metrics/multilabel/index.ts';
import { totals } from '../metrics/multilabel/precision-recall.ts';
import type { Multilabelled } from '../pairings.ts';
import { checkCount, indices, invalidLabels, isArray, numberRows } from './rows.ts';
import { defineTask, noDetails, type Labels, type RawAnswers, type Reading } from './task.ts';

const FLAGS = 'Multilabel classification needs a row of 0 and 1 for each example.';

/** A class is given where its probability is higher. */
const THRESHOLD = 0.5;

export const multilabel = defineTask<Multilabelled>({
  name: 'multilabel',
  title: 'multilabel classification',
  metrics: multilabelMetrics,
  main: ['micro-f1', 'macro-f1', 'subset-accuracy'],
  pair,
  // An example is right where all its classes are.
  right: ({ examples, classes, labels, predicted }) =>
    Uint8Array.from({ length: examples }, (_, row) => {
      const from = row * classes;
      const same = labels
        .subarray(from, from + classes)
        .every((label, index) => label === predicted[from + index]);
      return Number(same);
    }),
  answer: ({ classes, labels, predicted }, example, { classNames }) => ({
    label: names(labels, example, classes, classNames),
    answer: names(predicted, example, classes, classNames),
    confidence: undefined,
  }),
  details: (pairing, { classNames }) => ({
    ...noDetails(''),
    readAs: pairing.probabilities ? 'one probability for each class' : '0 and 1 for each class',
    classNames: classNames ?? indices(pairing.classes),
    classes: classFigures(totals(pairing)),
  }),
});

function pair(given: Labels, answers: RawAnswers, reading: Reading): Multilabelled {
  const { examples, width: classes, values, integer } = numberRows(answers, reading);
  const labels = labelsOf(given, classes, reading);
  checkCount(labels.length / classes, examples, reading);
  const scores = integer ? values : probabilitiesOf(values);
  return {
    examples,
    classes,
    labels,
    predicted: Uint8Array.from(scores, (score) => Number(score > THRESHOLD)),
    probabilities: integer ? undefined : scores,
  };
}

/** Scores from 0 to 1 are probabilities; of logits, the logistic function makes some. */
function probabilitiesOf(values: Float64Array): Float64Array {
  if (values.every((value) => value >= 0 && value <= 1)) return values;
  return values.map((logit) => 1 / (1 + Math.exp(-logit)));
}

/** An array [n, classes] of 0 and 1, or for each example the list of its classes. */
function labelsOf(labels: Labels, classes: number, reading: Reading): Uint8Array {
  if (!isArray(labels)) return fromLists(labels, classes, reading);
  const [, width = 1, ...more] = labels.shape;
  if (width !== classes || more.length > 0) {
    throw invalidLabels(
      `the labels have the shape [${labels.shape.join(', ')}], and ${reading.subject} tells ${classes} classes apart`,
      FLAGS,
      reading,
    );
  }
  const values = Uint8Array.from(labels.values as ArrayLike<number | bigint>, Number);
  const bad = labels.values.findIndex(
    (value: number | bigint) => Number(value) !== 0 && Number(value) !== 1,
  );
  if (bad >= 0) {
    throw invalidLabels(
      `the labels hold ${String(labels.values[bad])} at example ${Math.floor(bad / classes)}`,
      FLAGS,
      reading,
    );
  }
  return values;
}

function fromLists(lists: readonly unknown[], classes: number, reading: Reading): Uint8Array {
  const indexOf = new Map(reading.classNames?.map((name, index) => [name, index] as const));
  const labels = new Uint8Array(lists.length * classes);
  lists.forEach((list, row) => {
    for (const entry of Array.isArray(list) ? (list as unknown[]) : [list]) {
      const index = typeof entry === 'string' ? (indexOf.get(entry) ?? NaN) : Number(entry);
      if (!Number.isInteger(index) || index < 0 || index >= classes) {
        throw invalidLabels(
          `label ${JSON.stringify(entry)} of example ${row} is no class of ${reading.subject}`,
          `It tells ${classes} classes apart: give indices, or names of evaluation.classes.`,
          reading,
        );
      }
      labels[row * classes + index] = 1;
    }
  });
  return labels;
}

function names(
  flags: Uint8Array,
  example: number,
  classes: number,
  classNames: readonly string[] | undefined,
): string {
  const found = Array.from({ length: classes }, (_, index) => index)
    .filter((index) => flags[example * classes + index] === 1)
    .map((index) => classNames?.[index] ?? String(index));
  return found.join(', ') || 'none';
}
