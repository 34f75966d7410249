import { z } from 'zod';
import { languageMetrics } from '../metrics/language/index.ts';
import type { Likely } from '../pairings.ts';
import { indexOfLargest } from './classification-answers.ts';
import { checkCount, checkNumbers, invalidLabels, invalidRow, isArray, isOutputs } from './rows.ts';
import { defineTask, noDetails, type Labels, type RawAnswers, type Reading } from './task.ts';

const likelihood = z.object({
  'log-likelihood': z.number().max(0),
  tokens: z.int().positive(),
});

/** The next token, given those before. */
export const languageModel = defineTask<Likely>({
  name: 'language-model',
  title: 'language model',
  metrics: languageMetrics,
  main: ['perplexity', 'token-accuracy'],
  pair,
  details: () => noDetails('scores of the next token'),
});

function pair(labels: Labels, answers: RawAnswers, reading: Reading): Likely {
  if (!isOutputs(answers)) return fromRows(labels, answers, reading);
  const [tokens = 0, vocabulary = 0] = answers.rowShape;
  if (answers.rowShape.length !== 2) {
    throw invalidLabels(
      `${reading.subject}: output '${answers.output}' gives [${answers.rowShape.join(', ')}] per example`,
      'A language model gives scores [tokens, vocabulary].',
      reading,
    );
  }
  const size = tokens * vocabulary;
  checkNumbers(answers, size, reading, (value) => value < Infinity);
  const texts = textsOf(labels, reading);
  checkCount(texts.length, answers.values.length / size, reading);
  const likely = {
    examples: texts.length,
    surprise: new Float64Array(texts.length),
    tokens: new Float64Array(texts.length),
    hits: new Float64Array(texts.length),
  };
  texts.forEach((text, row) => {
    // The scores at one place speak of the token at the next, as in Hugging Face's models.
    for (let place = 1; place < Math.min(text.length, tokens); place++) {
      const token = text[place] ?? -1;
      if (token < 0) continue;
      if (token >= vocabulary) {
        throw invalidLabels(
          `example ${row} has token ${token}, and ${reading.subject} knows ${vocabulary}`,
          'Tokenize the data with the tokenizer of the model.',
          reading,
        );
      }
      const from = row * size + (place - 1) * vocabulary;
      const scores = answers.values.subarray(from, from + vocabulary);
      likely.surprise[row] = (likely.surprise[row] ?? 0) + surpriseOf(scores, token);
      likely.tokens[row] = (likely.tokens[row] ?? 0) + 1;
      likely.hits[row] = (likely.hits[row] ?? 0) + Number(indexOfLargest(scores) === token);
    }
  });
  return likely;
}

/** -log softmax, without overflow. */
function surpriseOf(scores: Float64Array, token: number): number {
  const largest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = scores.reduce((total, score) => total + Math.exp(score - largest), 0);
  return Math.log(sum) + largest - (scores[token] ?? 0);
}

/** Tokens by example; negative ones are padding. */
function textsOf(labels: Labels, reading: Reading): readonly (readonly number[])[] {
  if (!isArray(labels)) {
    return labels.map((row, index) => {
      if (Array.isArray(row) && row.every(Number.isInteger)) return row as number[];
      throw invalidLabels(
        `the label of example ${index} is not a list of tokens`,
        'Labels are the indices of the tokens.',
        reading,
      );
    });
  }
  const [examples = 0, tokens = 0] = labels.shape;
  if (labels.shape.length !== 2) {
    throw invalidLabels(
      `the labels have the shape [${labels.shape.join(', ')}]`,
      'Labels are tokens, [examples, tokens]; -100 where one does not count.',
      reading,
    );
  }
  return Array.from({ length: examples }, (_, row) =>
    Array.from({ length: tokens }, (_, place) => Number(labels.values[row * tokens + place])),
  );
}

function fromRows(labels: Labels, rows: readonly unknown[], reading: Reading): Likely {
  checkCount(isArray(labels) ? (labels.shape[0] ?? 0) : labels.length, rows.length, reading);
  const read = rows.map((row, index) => {
    const parsed = likelihood.safeParse(row);
    if (parsed.success) return parsed.data;
    throw invalidRow(index, '{ "log-likelihood": nats, "tokens": count }', reading);
  });
  return {
    examples: rows.length,
    surprise: Float64Array.from(read, (row) => -row['log-likelihood']),
    tokens: Float64Array.from(read, ({ tokens }) => tokens),
    hits: undefined,
  };
}
