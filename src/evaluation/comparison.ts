import {
  QUALITY_METRICS,
  type EvaluationPolicy,
  type QualityMetric,
} from '../project/evaluation-policy.ts';
import { METRICS } from './metrics/index.ts';
import type { Statistic } from './metrics/metric.ts';
import type { Predictions } from './predictions.ts';
import { bootstrapInterval } from './statistics/bootstrap.ts';
import type { Interval } from './statistics/interval.ts';
import { lossInterval, mcnemar, type Pairs } from './statistics/paired.ts';
import { seededRandom } from './statistics/random.ts';

/** One seed for every report: the same models and data give the same intervals. */
const SEED = 20_240_229;

/** Compared even where no gate asks: a reader wants to know. */
const ALWAYS_COMPARED: readonly QualityMetric[] = ['accuracy', 'macro-f1', 'log-loss'];

/** A metric of the candidate, and what it is against the baseline's. */
export interface Comparison {
  readonly metric: QualityMetric;
  readonly candidate: number;
  readonly baseline: number | undefined;
  /**
   * How much worse the candidate is, whichever way the metric counts; negative is better. Undefined
   * without a baseline, and where nobody asked.
   */
  readonly regression: { readonly estimate: number; readonly interval: Interval } | undefined;
}

/**
 * Computes every metric that models and examples allow, on the same examples.
 * @param same whether both are the same bytes, so that no examples could tell them apart
 */
export function compare(
  labels: Int32Array,
  candidate: Predictions,
  baseline: Predictions | undefined,
  policy: Pick<EvaluationPolicy, 'confidence' | 'gates'>,
  { same }: { readonly same: boolean },
): Comparison[] {
  return QUALITY_METRICS.flatMap((metric) => {
    const { prepare, better } = METRICS[metric];
    const ours = prepare(candidate, labels);
    const theirs = baseline && prepare(baseline, labels);
    const value = ours?.() ?? NaN;
    if (!ours || Number.isNaN(value)) return [];
    const asked = ALWAYS_COMPARED.includes(metric) || policy.gates[metric] !== undefined;
    const sign = better === 'higher' ? -1 : 1;
    const lost: Statistic | undefined =
      theirs && asked ? (counts) => sign * (ours(counts) - theirs(counts)) : undefined;
    const about = { labels, candidate, baseline, confidence: policy.confidence };
    return {
      metric,
      candidate: value,
      baseline: theirs?.(),
      regression: lost && {
        estimate: lost(),
        interval: same ? { low: 0, high: 0 } : intervalOf(metric, lost, about),
      },
    };
  });
}

function intervalOf(
  metric: QualityMetric,
  lost: Statistic,
  about: {
    readonly labels: Int32Array;
    readonly candidate: Predictions;
    readonly baseline: Predictions | undefined;
    readonly confidence: number;
  },
): Interval {
  const { labels, candidate, baseline, confidence } = about;
  if (metric === 'accuracy' && baseline) {
    return lossInterval(pairsOf(labels, candidate, baseline), confidence);
  }
  return bootstrapInterval(labels.length, lost, { confidence, random: seededRandom(SEED) });
}

/** How many examples only one of the models has right, and how likely that is by chance. */
export function pairsOf(
  labels: Int32Array,
  candidate: Predictions,
  baseline: Predictions,
): Pairs & { readonly chance: number } {
  let [broken, fixed] = [0, 0];
  labels.forEach((label, row) => {
    const [now, before] = [candidate.predicted[row] === label, baseline.predicted[row] === label];
    if (before && !now) broken += 1;
    if (now && !before) fixed += 1;
  });
  const pairs = { broken, fixed, total: labels.length };
  return { ...pairs, chance: mcnemar(pairs) };
}
