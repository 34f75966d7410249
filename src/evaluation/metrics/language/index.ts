import type { Likely } from '../../pairings.ts';
import type { Metric } from '../metric.ts';

/** e to the mean surprise of a token, over all texts together. */
const perplexity: Metric<Likely> = {
  name: 'perplexity',
  title: 'perplexity',
  better: 'lower',
  unit: 'plain',
  prepare:
    ({ surprise, tokens }) =>
    (counts) =>
      Math.exp(perToken(surprise, tokens, counts)),
};

/** The share of tokens that the model found most likely of all. */
const tokenAccuracy: Metric<Likely> = {
  name: 'token-accuracy',
  title: 'token accuracy',
  better: 'higher',
  unit: 'share',
  prepare: ({ hits, tokens }) => hits && ((counts) => perToken(hits, tokens, counts)),
};

export const languageMetrics: readonly Metric<Likely>[] = [perplexity, tokenAccuracy];

function perToken(
  values: Float64Array,
  tokens: Float64Array,
  counts: ArrayLike<number> | undefined,
): number {
  let [sum, total] = [0, 0];
  values.forEach((value, row) => {
    const count = counts?.[row] ?? 1;
    sum += count * value;
    total += count * (tokens[row] ?? 0);
  });
  return sum / total;
}
