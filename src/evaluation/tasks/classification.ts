import { UserError } from '../../errors.ts';
import { classFigures, classTotals, confusionOf } from '../confusion.ts';
import { curvesOf, reliabilityOf } from '../curves.ts';
import { classificationMetrics } from '../metrics/classification/index.ts';
import { checkClasses, readClassLabels } from './class-labels.ts';
import { readClasses } from './classification-answers.ts';
import type { Classified } from '../pairings.ts';
import { checkCount, indices, isOutputs, numericRows } from './rows.ts';
import { defineTask, type Labels, type RawAnswers, type Reading } from './task.ts';

/** One class for each example, of two or more: binary and multiclass classification. */
export const classification = defineTask<Classified>({
  name: 'classification',
  title: 'classification',
  metrics: classificationMetrics,
  main: ['accuracy', 'macro-f1', 'log-loss'],
  pair,
  right: ({ labels, predicted }) =>
    Uint8Array.from(labels, (label, row) => Number(label === predicted[row])),
  answer: ({ labels, predicted, probabilities, classes }, example, { classNames }) => {
    const name = (index = 0) => classNames?.[index] ?? String(index);
    const guess = predicted[example] ?? 0;
    return {
      label: name(labels[example]),
      answer: name(guess),
      confidence: probabilities?.[example * classes + guess],
    };
  },
  details: (pairing, { classNames }) => {
    const { labels, predicted, classes, scores } = pairing;
    return {
      readAs: scores,
      classNames: classNames ?? indices(classes),
      classes: classFigures(classTotals(labels, predicted, classes)),
      confusion: confusionOf(labels, predicted, classes),
      reliability: reliabilityOf(pairing),
      curves: curvesOf(pairing),
    };
  },
});

function pair(given: Labels, answers: RawAnswers, reading: Reading): Classified {
  const labels = readClassLabels(given, reading);
  const outputs = isOutputs(answers) ? answers : numericRows(named(answers, reading), reading);
  const largest = labels.reduce((a, b) => Math.max(a, b), 0);
  const { classNames, subject } = reading;
  const read = readClasses(outputs, classNames?.length ?? largest + 1, reading);
  checkCount(labels.length, read.examples, reading);
  checkClasses(labels, read.classes, reading);
  if (classNames && classNames.length !== read.classes) {
    throw new UserError(
      `${subject} tells ${read.classes} classes apart, and the policy names ${classNames.length}`,
      { hint: 'Correct evaluation.classes in the policy: one name for each class, by index.' },
    );
  }
  return { ...read, labels };
}

/** Names of classes become indices; all else stays as it is. */
function named(rows: readonly unknown[], { classNames }: Reading): readonly unknown[] {
  const indexOf = new Map(classNames?.map((name, index) => [name, index] as const));
  return rows.map((row) => (typeof row === 'string' ? (indexOf.get(row) ?? row) : row));
}
