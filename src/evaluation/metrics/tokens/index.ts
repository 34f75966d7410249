import type { Tagged } from '../../pairings.ts';
import { share, type Metric } from '../metric.ts';
import { entitiesOf } from './entities.ts';

/** seqeval's `precision_score`, `recall_score` and `f1_score`: whole entities, micro average. */
const ofEntities: readonly Metric<Tagged>[] = (['f1', 'precision', 'recall'] as const).map(
  (figure) => ({
    name: `entity-${figure}`,
    title: `entity ${figure === 'f1' ? 'F1' : figure}`,
    better: 'higher',
    unit: 'share',
    prepare: ({ labels, predicted }) => {
      const counted = labels.map((tags, row) => {
        const [actual, guessed] = [entitiesOf(tags), entitiesOf(predicted[row] ?? [])];
        return {
          hits: [...guessed].filter((entity) => actual.has(entity)).length,
          actual: actual.size,
          guessed: guessed.size,
        };
      });
      return (counts) => {
        let [hits, actual, guessed] = [0, 0, 0];
        counted.forEach((row, index) => {
          const count = counts?.[index] ?? 1;
          hits += count * row.hits;
          actual += count * row.actual;
          guessed += count * row.guessed;
        });
        if (figure === 'precision') return share(hits, guessed);
        return figure === 'recall' ? share(hits, actual) : share(2 * hits, actual + guessed);
      };
    },
  }),
);

/** The share of tokens that are tagged right: seqeval's `accuracy_score`. */
const tokenAccuracy: Metric<Tagged> = {
  name: 'token-accuracy',
  title: 'token accuracy',
  better: 'higher',
  unit: 'share',
  prepare: ({ labels, predicted }) => {
    const hits = labels.map(
      (tags, row) => tags.filter((tag, index) => tag === predicted[row]?.[index]).length,
    );
    return (counts) => {
      let [right, total] = [0, 0];
      labels.forEach((tags, row) => {
        const count = counts?.[row] ?? 1;
        right += count * (hits[row] ?? 0);
        total += count * tags.length;
      });
      return right / total;
    };
  },
};

export const tokenMetrics: readonly Metric<Tagged>[] = [...ofEntities, tokenAccuracy];
