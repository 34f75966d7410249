import { bootstrapIntervals } from './statistics/bootstrap.ts';
import type { Interval } from './statistics/interval.ts';
import { median, quantile } from './statistics/quantile.ts';
import { seededRandom } from './statistics/random.ts';

/**
 * Neighbouring rounds share what the machine was doing, so they are resampled together (block
 * bootstrap, Kuensch 1989).
 */
const BLOCK_ROUNDS = 10;

/**
 * Where the weights of two loaded models lie in memory is worth about so much of their time, for as
 * long as they stay loaded: no number of rounds averages it out, so the interval has it in full.
 */
const PLACEMENT = 0.02;

const SEED = 7;

export interface Latency {
  /** Milliseconds of each round, in the order they ran. */
  readonly samples: Float64Array;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Examples per second, by the mean over all rounds, so that slow ones count. */
  readonly throughput: number;
  /** Rounds slower than three times the median: shown, and never left out. */
  readonly outliers: number;
}

export interface LatencyComparison {
  /** Examples in one run. */
  readonly batch: number;
  readonly candidate: Latency;
  readonly baseline: Latency | undefined;
  /** Median of the candidate over that of the baseline. */
  readonly ratio: Ratio | undefined;
  /** The same for the slow end, and for examples per second. */
  readonly further: Readonly<Record<'p95' | 'p99' | 'throughput', Ratio>> | undefined;
}

/** Candidate over baseline. */
export interface Ratio {
  readonly estimate: number;
  readonly interval: Interval;
}

/**
 * What candidate and baseline took in turn.
 * @param batch examples in one round
 */
export function compareLatencies(
  [ours = new Float64Array(), theirs]: readonly Float64Array[],
  batch: number,
  { confidence }: { readonly confidence: number },
): LatencyComparison {
  return {
    batch,
    candidate: summarise(ours, batch),
    baseline: theirs && summarise(theirs, batch),
    ...(theirs ? ratiosOf(ours, theirs, confidence) : { ratio: undefined, further: undefined }),
  };
}

/** @param batch examples in one round */
export function summarise(samples: Float64Array, batch = 1): Latency {
  const sorted = samples.toSorted();
  const medianMs = quantile(sorted, 0.5);
  const total = samples.reduce((sum, ms) => sum + ms, 0);
  return {
    samples,
    medianMs,
    p95Ms: quantile(sorted, 0.95),
    p99Ms: quantile(sorted, 0.99),
    throughput: (1000 * batch * samples.length) / total,
    outliers: samples.filter((ms) => ms > OUTLIER * medianMs).length,
  };
}

/** Of the median: what a machine that does nothing else hardly ever takes. */
const OUTLIER = 3;

/** Ratios of both models' figures, with intervals from blocks of rounds drawn for both alike. */
export function ratiosOf(
  ours: Float64Array,
  theirs: Float64Array,
  confidence: number,
): Pick<LatencyComparison, 'ratio' | 'further'> {
  const rounds = Math.min(ours.length, theirs.length);
  const blocks = Math.floor(rounds / BLOCK_ROUNDS);
  const over = (figure: (samples: Float64Array) => number) => (counts: Uint32Array) =>
    figure(drawn(ours, counts)) / figure(drawn(theirs, counts));
  const figures = [median, p95, p99, throughput];
  const intervals = bootstrapIntervals(blocks, figures.map(over), {
    confidence,
    random: seededRandom(SEED),
    resamples: 1000,
  });
  const [ratio, ninetyFive, ninetyNine, perSecond] = figures.map((figure, index): Ratio => {
    const { low, high } = intervals[index] ?? { low: NaN, high: NaN };
    return {
      estimate: figure(ours) / figure(theirs),
      interval: { low: low / (1 + PLACEMENT), high: high * (1 + PLACEMENT) },
    };
  });
  if (!ratio || !ninetyFive || !ninetyNine || !perSecond) throw new Error('a figure is missing');
  return { ratio, further: { p95: ninetyFive, p99: ninetyNine, throughput: perSecond } };
}

const p95 = (samples: Float64Array) => quantile(samples.toSorted(), 0.95);
const p99 = (samples: Float64Array) => quantile(samples.toSorted(), 0.99);
const throughput = (samples: Float64Array) =>
  samples.length / samples.reduce((sum, ms) => sum + ms, 0);

function drawn(samples: Float64Array, counts: Uint32Array): Float64Array {
  const chosen = new Float64Array(counts.length * BLOCK_ROUNDS);
  let at = 0;
  counts.forEach((count, block) => {
    const values = samples.subarray(block * BLOCK_ROUNDS, (block + 1) * BLOCK_ROUNDS);
    for (let time = 0; time < count; time++) {
      chosen.set(values, at);
      at += BLOCK_ROUNDS;
    }
  });
  return chosen;
}
