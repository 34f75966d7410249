import type { Metric } from './metric.ts';
import { averagePrecision, rocArea, type Ranking } from './ranking.ts';

/**
 * scikit-learn's `roc_auc_score` and `average_precision_score`: the plain mean over the rankings of
 * classes, NaN where one has no examples. Undefined where there is nothing to rank by.
 */
export function areaMetrics<P>(rankings: (pairing: P) => readonly Ranking[] | undefined) {
  const metric = (name: 'roc-auc' | 'pr-auc', title: string, area: typeof rocArea): Metric<P> => ({
    name,
    title,
    better: 'higher',
    unit: 'plain',
    prepare: (pairing) => {
      const found = rankings(pairing);
      return (
        found &&
        ((counts) => found.reduce((sum, ranking) => sum + area(ranking, counts), 0) / found.length)
      );
    },
  });
  return [
    metric('roc-auc', 'ROC AUC', rocArea),
    metric('pr-auc', 'PR AUC', averagePrecision),
  ] as const;
}
