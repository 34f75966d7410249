import type { Ranked } from '../../pairings.ts';
import { meanOf, type Metric } from '../metric.ts';

/** Of what is relevant to a query, the share among its first k results. */
const recall: readonly Metric<Ranked>[] = ([1, 5, 10] as const).map((k) => ({
  name: `recall-at-${k}`,
  title: `recall at ${k}`,
  better: 'higher',
  unit: 'share',
  prepare: ({ gains, ideal }) =>
    ofQueries(gains, (found, query) => {
      const hits = found.subarray(0, k).filter((gain) => gain > 0).length;
      return hits / (ideal[query]?.length ?? 0);
    }),
}));

/** The mean of 1 / rank of the first relevant result; 0 where there is none. */
const mrr: Metric<Ranked> = {
  name: 'mrr',
  title: 'mean reciprocal rank',
  better: 'higher',
  unit: 'share',
  prepare: ({ gains }) =>
    ofQueries(gains, (found) => {
      const first = found.findIndex((gain) => gain > 0);
      return first < 0 ? 0 : 1 / (first + 1);
    }),
};

/** scikit-learn's `ndcg_score`: gain over log2(rank + 1), as a share of the best order's. */
const ndcg: Metric<Ranked> = {
  name: 'ndcg-at-10',
  title: 'nDCG at 10',
  better: 'higher',
  unit: 'share',
  prepare: ({ gains, ideal }) =>
    ofQueries(gains, (found, query) => discounted(found) / discounted(ideal[query])),
};

export const retrievalMetrics: readonly Metric<Ranked>[] = [...recall, mrr, ndcg];

function discounted(gains: Float64Array = new Float64Array()): number {
  return gains.subarray(0, 10).reduce((sum, gain, rank) => sum + gain / Math.log2(rank + 2), 0);
}

function ofQueries(
  gains: readonly Float64Array[],
  figure: (found: Float64Array, query: number) => number,
) {
  return meanOf(Float64Array.from(gains, figure));
}
