/** Rows by falling score, with the ends of the stretches that share one score. */
export interface Ranking {
  readonly order: Uint32Array;
  readonly score: (row: number) => number;
  readonly isHit: (row: number) => boolean;
}

export function rankingOf(rows: number, score: Ranking['score'], isHit: Ranking['isHit']): Ranking {
  const scores = new Float64Array(rows);
  for (let row = 0; row < rows; row++) scores[row] = score(row);
  return { order: byFallingScore(scores), score, isHit };
}

/** Numbers are sorted, and each row looked up there: several times as fast as comparing rows. */
function byFallingScore(scores: Float64Array): Uint32Array {
  const rising = scores.slice().sort();
  const order = new Uint32Array(scores.length);
  /** Rows that have their place already, by where their score begins. */
  const placed = new Uint32Array(scores.length);
  scores.forEach((score, row) => {
    const first = firstOf(rising, score);
    const before = placed[first] ?? 0;
    order[scores.length - 1 - first - before] = row;
    placed[first] = before + 1;
  });
  return order;
}

/** Where a value that is there begins. */
function firstOf(rising: Float64Array, value: number): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rising[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Walks the ranking from the top; `visit` gets the weight of hits and misses of each stretch. */
export function walk(
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
export function rocArea(ranking: Ranking, counts?: ArrayLike<number>): number {
  let [hits, misses, area] = [0, 0, 0];
  walk(ranking, counts, (newHits, newMisses) => {
    area += newMisses * (hits + newHits / 2);
    hits += newHits;
    misses += newMisses;
  });
  return area / (hits * misses);
}

/** Average precision: precision at each threshold, weighted by what it adds to recall. */
export function averagePrecision(ranking: Ranking, counts?: ArrayLike<number>): number {
  let [hits, total, sum] = [0, 0, 0];
  walk(ranking, counts, (newHits, newMisses) => {
    hits += newHits;
    total += newHits + newMisses;
    sum += newHits * (hits / total);
  });
  return sum / hits;
}
