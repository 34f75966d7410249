import type { Ranked } from '../pairings.ts';
import { ofRankings } from './retrieval.ts';
import { checkCount, invalidLabels, isArray, numberRows } from './rows.ts';
import { defineTask, type Labels, type RawAnswers, type Reading } from './task.ts';

/** Every example is compared with every other: 4e8 products of vectors at most. */
const MAX_EXAMPLES = 20_000;

/** Results of a query that are kept: no metric looks further. */
const DEPTH = 100;

/**
 * Vectors that should be near where labels are equal: each example is a query, and the others are
 * ranked by the cosine of the angle; those with its label are relevant.
 */
export const embeddings = defineTask<Ranked>({
  ...ofRankings,
  name: 'embeddings',
  title: 'embeddings',
  pair,
});

function pair(given: Labels, answers: RawAnswers, reading: Reading): Ranked {
  const { examples, width, values } = numberRows(answers, reading);
  const labels = Array.from(isArray(given) ? given.values : given, String);
  checkCount(labels.length, examples, reading);
  if (labels.length > MAX_EXAMPLES) {
    throw invalidLabels(
      `it has ${labels.length} examples, and embeddings are compared for ${MAX_EXAMPLES} at most`,
      'Evaluate on a part of them.',
      reading,
    );
  }
  const sizes = new Map<string, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const lone = labels.findIndex((label) => sizes.get(label) === 1);
  if (lone >= 0) {
    throw invalidLabels(
      `example ${lone} is the only one with its label`,
      'Each example needs another with the same label to be found; leave such examples out.',
      reading,
    );
  }
  const vectors = unit(values, width);
  return {
    examples,
    gains: labels.map((label, query) =>
      Float64Array.from(nearest(vectors, width, query), (other) => Number(labels[other] === label)),
    ),
    ideal: labels.map((label) => new Float64Array((sizes.get(label) ?? 1) - 1).fill(1)),
  };
}

/** Each vector at length 1; one of length 0 stays, and is near nothing. */
function unit(values: Float64Array, width: number): Float64Array {
  const vectors = values.slice();
  for (let from = 0; from < vectors.length; from += width) {
    const vector = vectors.subarray(from, from + width);
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    if (length > 0) vector.forEach((value, index) => (vector[index] = value / length));
  }
  return vectors;
}

/** The nearest others, of equal ones the earlier first. */
function nearest(vectors: Float64Array, width: number, query: number): Uint32Array {
  const examples = vectors.length / width;
  const near = new Float64Array(examples);
  for (let other = 0; other < examples; other++) {
    let sum = 0;
    for (let index = 0; index < width; index++) {
      sum += (vectors[query * width + index] ?? 0) * (vectors[other * width + index] ?? 0);
    }
    near[other] = sum;
  }
  const order = Uint32Array.from({ length: examples }, (_, other) => other)
    .filter((other) => other !== query)
    .sort((a, b) => (near[b] ?? 0) - (near[a] ?? 0) || a - b);
  return order.slice(0, DEPTH);
}
