import type { Interval } from './interval.ts';
import { normalQuantile, normalUpperTail } from './normal.ts';

/** How two models answered the same examples. */
export interface Pairs {
  /** The baseline was right, the candidate wrong. */
  readonly broken: number;
  /** The other way round. */
  readonly fixed: number;
  readonly total: number;
}

/** Halving this often brings an interval of width 2 down to the last digits of a float64. */
const HALVINGS = 60;

/**
 * Bounds on how much accuracy was lost, (broken - fixed) / total, each at `confidence`: Tango,
 * "Equivalence test and confidence interval for the difference in proportions for the paired-sample
 * design", Statistics in Medicine 17 (1998). Unlike a bootstrap it does not claim certainty where
 * few examples, or none, came out differently.
 */
export function lossInterval({ broken, fixed, total }: Pairs, confidence: number): Interval {
  const z = normalQuantile(confidence);
  const estimate = (broken - fixed) / total;
  return {
    low: boundary(-1, estimate, (loss) => score({ broken, fixed, total }, loss) > z),
    high: boundary(estimate, 1, (loss) => score({ broken, fixed, total }, loss) >= -z),
  };
}

/** How likely a loss at least this large is, were it truly `loss`: the test of that interval. */
export function lossChance(pairs: Pairs, loss: number): number {
  return normalUpperTail(score(pairs, loss));
}

/** Where `holds`, true on the left and false on the right, changes. */
function boundary(left: number, right: number, holds: (at: number) => boolean): number {
  let [low, high] = [left, right];
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The score statistic of the hypothesis that `loss` is true; it falls as `loss` grows. */
function score({ broken, fixed, total }: Pairs, loss: number): number {
  // The estimate of the other discordant share under the hypothesis, the root of a quadratic.
  const a = 2 * total;
  const b = -broken - fixed + (2 * total - broken + fixed) * loss;
  const c = -fixed * loss * (1 - loss);
  const share = (Math.sqrt(Math.max(b * b - 4 * a * c, 0)) - b) / (2 * a);
  const variance = total * (2 * share + loss * (1 - loss));
  const difference = broken - fixed - total * loss;
  if (difference === 0) return 0;
  return variance <= 0 ? difference * Infinity : difference / Math.sqrt(variance);
}

/**
 * McNemar's exact test: how likely a split of the discordant examples at least this uneven is, were
 * both models equally good (two-sided binomial test at 1/2).
 */
export function mcnemar({ broken, fixed }: Pairs): number {
  const discordant = broken + fixed;
  if (discordant === 0) return 1;
  // P(X <= smaller), term by term from the largest down: each is its neighbour times a ratio.
  const smaller = Math.min(broken, fixed);
  let term = Math.exp(logChoose(discordant, smaller) - discordant * Math.LN2);
  let tail = 0;
  for (let count = smaller; count >= 0 && term > 0; count--) {
    tail += term;
    term *= count / (discordant - count + 1);
  }
  return Math.min(1, 2 * tail);
}

function logChoose(total: number, chosen: number): number {
  let sum = 0;
  for (let index = 1; index <= chosen; index++) {
    sum += Math.log((total - chosen + index) / index);
  }
  return sum;
}
