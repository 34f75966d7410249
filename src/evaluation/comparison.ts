import { QUALITY_METRICS, type QualityMetric } from '../project/evaluation-policy.ts';
import { METRICS, type Statistic } from './metrics.ts';
import type { Predictions } from './predictions.ts';
import { bootstrapInterval } from './statistics/bootstrap.ts';
import type { Interval } from './statistics/interval.ts';
import { seededRandom } from './statistics/random.ts';

/** One seed for every report: the same models and data give the same intervals. */
const SEED = 20_240_229;

/** A metric of the candidate, and what it is against the baseline's. */
export interface Comparison {
  readonly metric: QualityMetric;
  readonly candidate: number;
  readonly baseline: number | undefined;
  /** How much worse the candidate is, whichever way the metric counts; negative is better. */
  readonly regression: { readonly estimate: number; readonly interval: Interval } | undefined;
}

/** Computes every metric that both models allow, on the same examples. */
export function compare(
  labels: Int32Array,
  candidate: Predictions,
  baseline: Predictions | undefined,
  confidence: number,
): Comparison[] {
  return QUALITY_METRICS.flatMap((metric) => {
    const { prepare, better } = METRICS[metric];
    const ours = prepare(candidate, labels);
    const theirs = baseline && prepare(baseline, labels);
    if (!ours) return [];
    const sign = better === 'higher' ? -1 : 1;
    return {
      metric,
      candidate: ours(),
      baseline: theirs?.(),
      regression: theirs && regression({ ours, theirs, sign }, labels.length, confidence),
    };
  });
}

function regression(
  pair: { readonly ours: Statistic; readonly theirs: Statistic; readonly sign: number },
  examples: number,
  confidence: number,
): NonNullable<Comparison['regression']> {
  const statistic: Statistic = (counts) => pair.sign * (pair.ours(counts) - pair.theirs(counts));
  const interval = bootstrapInterval(examples, statistic, {
    confidence,
    random: seededRandom(SEED),
  });
  return { estimate: statistic(), interval };
}
