import type { Random } from './random.ts';

/** The smallest chance is then 1 in 2000. */
const PERMUTATIONS = 1999;

/** Examples that change places in all, a second or so. */
const MAX_SWAPS = 2e7;

/** Chances are then multiples of 1/200, which tells small from large. */
const LEAST_PERMUTATIONS = 199;

/** As SciPy has it: values that differ by rounding alone are equal. */
const ROUNDING = 100 * Number.EPSILON;

/** A figure of answers of which each counts as often as is said. */
type Drawn = (counts: Uint8Array) => number;

/**
 * Paired permutation test (Fisher 1935, Pitman 1937): were two models equally good, an example's two
 * answers could change places. How likely the difference of a figure is then at least as large as it
 * is, in either direction; exact where there are few ways to exchange the answers.
 * @param figures of the answers of one model and, behind them, of the other to the same `size` examples
 */
export function swapChances(size: number, figures: readonly Drawn[], random: Random): number[] {
  if (figures.length === 0) return [];
  const sides = new Sides(size);
  const observed = figures.map((figure) => sides.difference(figure));
  const extreme = observed.map(() => 0);
  const look = () => {
    figures.forEach((figure, index) => {
      const limit = Math.abs(observed[index] ?? NaN);
      const found = Math.abs(sides.difference(figure));
      if (found >= limit * (1 - ROUNDING)) extreme[index] = (extreme[index] ?? 0) + 1;
    });
  };
  const affordable = Math.max(LEAST_PERMUTATIONS, Math.floor(MAX_SWAPS / size));
  const permutations = Math.min(PERMUTATIONS, affordable);
  if (2 ** size <= permutations) {
    for (let permutation = 0; permutation < 2 ** size; permutation++) {
      sides.exchange((example) => ((permutation >> example) & 1) === 1);
      look();
    }
    return observed.map((value, index) => orNaN(value, (extreme[index] ?? 0) / 2 ** size));
  }
  for (let permutation = 0; permutation < permutations; permutation++) {
    sides.exchange(() => random() < 0.5);
    look();
  }
  // The order that was found is one of those that might have been (Phipson and Smyth 2010).
  return observed.map((value, index) =>
    orNaN(value, ((extreme[index] ?? 0) + 1) / (permutations + 1)),
  );
}

function orNaN(observed: number, chance: number): number {
  return Number.isNaN(observed) ? NaN : chance;
}

/** Which of its two answers each example gives to either side. */
class Sides {
  readonly #size: number;
  readonly #ours: Uint8Array;
  readonly #theirs: Uint8Array;

  constructor(size: number) {
    this.#size = size;
    this.#ours = new Uint8Array(2 * size).fill(1, 0, size);
    this.#theirs = new Uint8Array(2 * size).fill(1, size);
  }

  exchange(isExchanged: (example: number) => boolean): void {
    for (let example = 0; example < this.#size; example++) {
      const exchanged = Number(isExchanged(example));
      this.#ours[example] = 1 - exchanged;
      this.#ours[example + this.#size] = exchanged;
      this.#theirs[example] = exchanged;
      this.#theirs[example + this.#size] = 1 - exchanged;
    }
  }

  difference(figure: Drawn): number {
    return figure(this.#ours) - figure(this.#theirs);
  }
}
