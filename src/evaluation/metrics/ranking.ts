import type { Predictions } from '../predictions.ts';
import type { Statistic } from './metric.ts';

/** Examples by falling score, with the ends of the stretches that share one score. */
interface Ranking {
  readonly order: Uint32Array;
  readonly score: (row: number) => number;
  readonly isHit: (row: number) => boolean;
}

/** Walks the ranking from the top; `visit` gets the weight of hits and misses of each stretch. */
function walk(
  { order, score, isHit }: Ranking,
  counts: ArrayLike<number> | undefined,
  visit: (hits: number, misses: number) => void,
): void {
  let [hits, misses] = [0, 0];
  for (let place = 0; place < order.length; place++) {
    const row = order[place] ?? 0;
    const count = counts?.[row] ?? 1;
    if (isHit(row)) hits += count;
    else misses += count;
    const next = order[place + 1];
    if (next !== undefined && score(next) === score(row)) continue;
    if (hits + misses > 0) visit(hits, misses);
    [hits, misses] = [0, 0];
  }
}

/** The area under the ROC curve by trapezoids, ties at half: Fawcett 2006, algorithm 3. */
function rocArea(ranking: Ranking, counts?: ArrayLike<number>): number {
  let [hits, misses, area] = [0, 0, 0];
  walk(ranking, counts, (newHits, newMisses) => {
    area += newMisses * (hits + newHits / 2);
    hits += newHits;
    misses += newMisses;
  });
  return area / (hits * misses);
}

/** Average precision: precision at each threshold, weighted by what it adds to recall. */
function averagePrecision(ranking: Ranking, counts?: ArrayLike<number>): number {
  let [hits, total, sum] = [0, 0, 0];
  walk(ranking, counts, (newHits, newMisses) => {
    hits += newHits;
    total += newHits + newMisses;
    sum += newHits * (hits / total);
  });
  return sum / hits;
}

/** scikit-learn's `roc_auc_score`: of the second of two classes, else each against the rest. */
export function rocAuc(predictions: Predictions, labels: Int32Array): Statistic | undefined {
  return overClasses(predictions, labels, rocArea);
}

/** scikit-learn's `average_precision_score`, over classes in the same way. */
export function prAuc(predictions: Predictions, labels: Int32Array): Statistic | undefined {
  return overClasses(predictions, labels, averagePrecision);
}

/** The plain mean over the classes; NaN where one has no examples. */
function overClasses(
  { probabilities, classes }: Predictions,
  labels: Int32Array,
  area: (ranking: Ranking, counts?: ArrayLike<number>) => number,
): Statistic | undefined {
  if (!probabilities) return undefined;
  const wanted = classes === 2 ? [1] : Array.from({ length: classes }, (_, index) => index);
  const rankings = wanted.map((index): Ranking => {
    const score = (row: number) => probabilities[row * classes + index] ?? 0;
    const order = Uint32Array.from(labels, (_, row) => row).sort((a, b) => score(b) - score(a));
    return { order, score, isHit: (row) => labels[row] === index };
  });
  return (counts) =>
    rankings.reduce((sum, ranking) => sum + area(ranking, counts), 0) / rankings.length;
}

/**
 * Whether the label is among the `k` highest scores; of equal scores the later class counts first,
 * as in scikit-learn's `top_k_accuracy_score`.
 */
export function isInTop(
  { probabilities = new Float64Array(), classes }: Predictions,
  row: number,
  label: number,
  k: number,
): boolean {
  const own = probabilities[row * classes + label] ?? 0;
  let before = 0;
  for (let other = 0; other < classes; other++) {
    const score = probabilities[row * classes + other] ?? 0;
    if (score > own || (score === own && other > label)) before += 1;
  }
  return before < k;
}
