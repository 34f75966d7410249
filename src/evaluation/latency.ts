import type { Columns } from '../inference/feeds.ts';
import { feedsOf } from '../inference/feeds.ts';
import { fixedBatch, type RunningModel } from '../inference/predict.ts';
import type { Lane, RacePlan } from '../inference/protocol.ts';
import { bootstrapInterval } from './statistics/bootstrap.ts';
import type { Interval } from './statistics/interval.ts';
import { median, quantile } from './statistics/quantile.ts';
import { seededRandom } from './statistics/random.ts';

const PLAN: RacePlan = {
  warmUpRounds: 10,
  warmUpMs: 200,
  minRounds: 30,
  maxRounds: 1000,
  budgetMs: 5000,
};

/** The examples that are run in turn: one alone would measure a warm branch predictor. */
const EXAMPLES = 64;

/**
 * Neighbouring rounds share what the machine was doing, so they are resampled together (block
 * bootstrap, Kuensch 1989).
 */
const BLOCK_ROUNDS = 10;

const SEED = 7;

export interface Latency {
  /** Milliseconds of each round, in the order they ran. */
  readonly samples: Float64Array;
  readonly medianMs: number;
  readonly p95Ms: number;
}

export interface LatencyComparison {
  /** Examples in one run. */
  readonly batch: number;
  readonly candidate: Latency;
  readonly baseline: Latency | undefined;
  /** Median of the candidate over that of the baseline. */
  readonly ratio: { readonly estimate: number; readonly interval: Interval } | undefined;
}

/**
 * Times both models in turn, example by example, in one process, so that whatever else the machine
 * does hits both alike.
 */
export async function raceModels(
  candidate: RunningModel,
  baseline: RunningModel | undefined,
  columns: Columns,
  options: { readonly examples: number; readonly confidence: number },
): Promise<LatencyComparison> {
  const models = baseline ? [candidate, baseline] : [candidate];
  const lanes = models.map((running) => laneOf(running, columns, options.examples));
  const { process, model, subject } = candidate;
  const [ours = new Float64Array(), theirs] = await process.ask(
    { kind: 'race', lanes, plan: PLAN },
    `${subject}, timed`,
  );
  return {
    batch: fixedBatch(model) ?? 1,
    candidate: summarise(ours),
    baseline: theirs && summarise(theirs),
    ratio: theirs && ratioOf(ours, theirs, options.confidence),
  };
}

function laneOf({ model }: RunningModel, columns: Columns, examples: number): Lane {
  const batch = fixedBatch(model) ?? 1;
  const feeds = Array.from({ length: Math.min(EXAMPLES, examples) }, (_, example) =>
    feedsOf(model, columns, { from: example, to: example + 1, batch }),
  );
  return { model: model.id, feeds };
}

export function summarise(samples: Float64Array): Latency {
  const sorted = samples.toSorted();
  return { samples, medianMs: quantile(sorted, 0.5), p95Ms: quantile(sorted, 0.95) };
}

/** The ratio of the medians, with an interval from blocks of rounds drawn for both alike. */
export function ratioOf(
  ours: Float64Array,
  theirs: Float64Array,
  confidence: number,
): NonNullable<LatencyComparison['ratio']> {
  const rounds = Math.min(ours.length, theirs.length);
  const blocks = Math.floor(rounds / BLOCK_ROUNDS);
  const interval = bootstrapInterval(
    blocks,
    (counts) => median(drawn(ours, counts)) / median(drawn(theirs, counts)),
    { confidence, random: seededRandom(SEED), resamples: 1000 },
  );
  return { estimate: median(ours) / median(theirs), interval };
}

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
