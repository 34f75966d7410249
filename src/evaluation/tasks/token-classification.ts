import { tokenMetrics } from '../metrics/tokens/index.ts';
import type { Tagged } from '../pairings.ts';
import { indexOfLargest } from './classification-answers.ts';
import { checkCount, checkNumbers, invalidLabels, invalidRow, isArray, isOutputs } from './rows.ts';
import { defineTask, noDetails, type Labels, type RawAnswers, type Reading } from './task.ts';

/** A tag for each token: named entities, parts of speech. */
export const tokenClassification = defineTask<Tagged>({
  name: 'token-classification',
  title: 'token classification',
  metrics: tokenMetrics,
  main: ['entity-f1', 'token-accuracy'],
  pair,
  right: ({ labels, predicted }) =>
    Uint8Array.from(labels, (tags, row) =>
      Number(tags.every((tag, index) => tag === predicted[row]?.[index])),
    ),
  answer: ({ labels, predicted }, example) => ({
    label: (labels[example] ?? []).join(' '),
    answer: (predicted[example] ?? []).join(' '),
    confidence: undefined,
  }),
  details: () => noDetails('tags'),
});

/** Tags by example; undefined marks a token that does not count, as PyTorch's -100 does. */
type Tags = readonly (readonly (string | undefined)[])[];

function pair(given: Labels, answers: RawAnswers, reading: Reading): Tagged {
  const labels = labelTags(given, reading);
  const predicted = isOutputs(answers)
    ? outputTags(answers, reading)
    : answers.map((row, index) => {
        const tags = tagsOf(row, reading);
        if (!tags) throw invalidRow(index, 'a list of tags', reading);
        return tags;
      });
  checkCount(labels.length, predicted.length, reading);
  const counts = labels.map((tags) => tags.map((tag) => tag !== undefined));
  labels.forEach((tags, row) => {
    const [tokens, guesses] = [tags.length, predicted[row]?.length ?? 0];
    if (guesses >= tokens && (isOutputs(answers) || guesses === tokens)) return;
    throw invalidLabels(
      `example ${row} has ${tokens} tags, and ${reading.subject} gives ${guesses}`,
      'Each token needs one tag: tags of padding are -100 or null.',
      reading,
    );
  });
  const counted = (all: Tags) =>
    all.map((tags, row) =>
      tags.filter((_, index) => counts[row]?.[index]).map((tag) => tag ?? 'O'),
    );
  return { examples: labels.length, labels: counted(labels), predicted: counted(predicted) };
}

function labelTags(labels: Labels, reading: Reading): Tags {
  const rows = isArray(labels) ? arrayRows(labels.values, labels.shape) : labels;
  if (rows.length === 0) {
    throw invalidLabels('it has no examples', 'Correct the stage that writes it.', reading);
  }
  return rows.map((row, index) => {
    const tags = tagsOf(row, reading);
    if (tags) return tags;
    throw invalidLabels(
      `the label of example ${index} is not a list of tags`,
      'Give a list of names or indices for each example, or an array [examples, tokens] of indices.',
      reading,
    );
  });
}

function arrayRows(values: ArrayLike<number | bigint>, shape: readonly number[]): unknown[] {
  const [examples = 0, tokens = 0] = shape;
  if (shape.length !== 2) return Array.from({ length: examples }, () => undefined);
  return Array.from({ length: examples }, (_, row) =>
    Array.from({ length: tokens }, (_, index) => Number(values[row * tokens + index])),
  );
}

/** Undefined where it is no list of names or indices. */
function tagsOf(row: unknown, { classNames }: Reading): (string | undefined)[] | undefined {
  if (!Array.isArray(row)) return undefined;
  const tags: (string | undefined)[] = [];
  for (const tag of row as unknown[]) {
    if (typeof tag === 'string') tags.push(tag);
    else if (tag === null || (typeof tag === 'number' && tag < 0)) tags.push(undefined);
    else if (typeof tag === 'number' && Number.isInteger(tag)) {
      tags.push(classNames?.[tag] ?? String(tag));
    } else return undefined;
  }
  return tags;
}

/** Scores [tokens, tags] of which the highest counts, or indices [tokens]. */
function outputTags(outputs: Exclude<RawAnswers, readonly unknown[]>, reading: Reading): Tags {
  const { rowShape, values, integer } = outputs;
  const [tokens = 0, width = 1] = rowShape;
  const size = tokens * width;
  if (rowShape.length === 0 || rowShape.length > 2 || (rowShape.length === 1 && !integer)) {
    throw invalidLabels(
      `${reading.subject}: output '${outputs.output}' gives [${rowShape.join(', ')}] per example`,
      'Token classification needs scores [tokens, tags] or indices [tokens].',
      reading,
    );
  }
  checkNumbers(outputs, size, reading, (value) => value < Infinity);
  const name = (index: number) => reading.classNames?.[index] ?? String(index);
  return Array.from({ length: values.length / size }, (_, row) =>
    Array.from({ length: tokens }, (_, token) => {
      const from = row * size + token * width;
      const scores = values.subarray(from, from + width);
      return name(rowShape.length === 1 ? (values[from] ?? 0) : indexOfLargest(scores));
    }),
  );
}
