/** Bins of the population stability index: the deciles of the reference, as is usual. */
const BINS = 10;

/** A bin that is empty on one side would make the index infinite. */
const SMALLEST_SHARE = 1e-4;

/** How far a distribution is from another. */
export interface Stability {
  /** The population stability index: the sum of (a - b) ln(a / b) over the shares of each bin. */
  readonly index: number;
  /** Whether two samples of one distribution would hardly be so different (5 % of cases). */
  readonly beyondChance: boolean;
}

/** Of numbers, over the deciles of the reference. */
export function numberStability(ours: Float64Array, reference: Float64Array): Stability {
  const sorted = reference.toSorted();
  const edges = Array.from(
    { length: BINS - 1 },
    (_, index) => sorted[Math.floor(((index + 1) * sorted.length) / BINS)] ?? 0,
  );
  const inBins = (values: Float64Array) => {
    const counts = new Float64Array(BINS);
    for (const value of values) {
      const bin = edges.filter((edge) => value >= edge).length;
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    return counts;
  };
  return binStability(inBins(ours), inBins(reference), [ours.length, reference.length]);
}

/** Of categories, each a bin. */
export function categoryStability(
  ours: ReadonlyMap<string, number>,
  reference: ReadonlyMap<string, number>,
): Stability {
  const names = [...new Set([...ours.keys(), ...reference.keys()])];
  const of = (counts: ReadonlyMap<string, number>) =>
    Float64Array.from(names, (name) => counts.get(name) ?? 0);
  const [a, b] = [of(ours), of(reference)];
  return binStability(a, b, [total(a), total(b)]);
}

/** @param sizes how many independent observations each side has */
export function binStability(
  ours: Float64Array,
  theirs: Float64Array,
  sizes: readonly [number, number],
): Stability {
  const shares = (counts: Float64Array) => {
    const all = Math.max(1, total(counts));
    return counts.map((count) => Math.max(SMALLEST_SHARE, count / all));
  };
  const [a, b] = [shares(ours), shares(theirs)];
  let index = 0;
  a.forEach((share, bin) => {
    const other = b[bin] ?? SMALLEST_SHARE;
    index += (share - other) * Math.log(share / other);
  });
  return { index, beyondChance: homogeneity(a, b, sizes) };
}

/**
 * Pearson's test of homogeneity, on shares. The index itself has a chi-squared distribution only
 * where no bin is nearly empty (Yurdakul and Naranjo 2020).
 */
function homogeneity(
  ours: Float64Array,
  theirs: Float64Array,
  [n, m]: readonly [number, number],
): boolean {
  let statistic = 0;
  let used = 0;
  ours.forEach((share, bin) => {
    const other = theirs[bin] ?? 0;
    if (share <= SMALLEST_SHARE && other <= SMALLEST_SHARE) return;
    used += 1;
    statistic += (n * m * (share - other) ** 2) / (n * share + m * other);
  });
  return used > 1 && statistic > chiSquared95(used - 1);
}

function total(counts: Float64Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The quantile after Wilson and Hilferty (1931). */
function chiSquared95(freedom: number): number {
  const spread = 2 / (9 * freedom);
  return freedom * (1 - spread + 1.6449 * Math.sqrt(spread)) ** 3;
}
