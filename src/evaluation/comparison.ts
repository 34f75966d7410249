import type { EvaluationPolicy } from '../project/evaluation-policy.ts';
import type { QualityMetric } from '../project/metric-names.ts';
import type { MetricInfo, Statistic } from './metrics/metric.ts';
import { bootstrapIntervals } from './statistics/bootstrap.ts';
import type { Interval } from './statistics/interval.ts';
import { lossInterval, mcnemar, type Pairs } from './statistics/paired.ts';
import { seededRandom } from './statistics/random.ts';
import type { Scored, Task } from './tasks/task.ts';

/** One seed for every report: the same models and data give the same intervals. */
const SEED = 20_240_229;

/** A figure of the evidence, and where it lies. */
export interface Estimate {
  readonly estimate: number;
  readonly interval: Interval;
}

/** A metric of the candidate, and what it is against the baseline's. */
export interface Comparison {
  readonly metric: QualityMetric;
  readonly candidate: number;
  readonly baseline: number | undefined;
  /**
   * How much worse the candidate is, whichever way the metric counts; negative is better. Undefined
   * without a baseline, and where nobody asked.
   */
  readonly regression: Estimate | undefined;
  /** The same over the baseline's value; undefined where no gate asks. */
  readonly relative?: Estimate | undefined;
  /** How likely equally good models differ at least so much; undefined for slices. */
  readonly chance?: number | undefined;
}

/** How much worse one metric of the candidate is, with all that its interval needs. */
interface Loss {
  readonly metric: MetricInfo;
  readonly ours: Statistic;
  readonly theirs: Statistic;
  readonly absolute: (counts?: ArrayLike<number>) => number;
  readonly relative: ((counts?: ArrayLike<number>) => number) | undefined;
}

/**
 * Computes every metric that models and examples allow, on the same examples.
 * @param same whether both are the same bytes, so that no examples could tell them apart
 * @param asked for which an interval is wanted; those with a gate and the task's main ones by default
 */
export function compare(
  task: Task,
  candidate: Scored,
  baseline: Scored | undefined,
  policy: Pick<EvaluationPolicy, 'confidence' | 'gates'>,
  { same, asked }: { readonly same: boolean; readonly asked?: ReadonlySet<QualityMetric> },
): Comparison[] {
  const wanted = asked ?? askedFor(task, policy);
  const found = task.metrics.flatMap((metric) => {
    const ours = candidate.statistic(metric.name);
    const value = ours?.() ?? NaN;
    if (!ours || Number.isNaN(value)) return [];
    return { metric, ours, value, theirs: baseline?.statistic(metric.name) };
  });
  const divisible = candidate.divisible && (baseline?.divisible ?? true);
  const losses = found.flatMap(({ metric, ours, theirs }) =>
    divisible && theirs && wanted.has(metric.name) ? lossOf(metric, ours, theirs, policy) : [],
  );
  const estimates = same ? exactly(losses) : estimated(losses, candidate.examples, policy);
  return found.map(({ metric, value, theirs }) => ({
    metric: metric.name,
    candidate: value,
    baseline: theirs?.(),
    regression: undefined,
    ...estimates.get(metric.name),
  }));
}

function askedFor(
  { main, metrics }: Task,
  { gates }: Pick<EvaluationPolicy, 'gates'>,
): Set<QualityMetric> {
  const gated = metrics.map(({ name }) => name).filter((name) => gates[name] !== undefined);
  return new Set([...main, ...gated]);
}

function lossOf(
  metric: MetricInfo,
  ours: Statistic,
  theirs: Statistic,
  { gates }: Pick<EvaluationPolicy, 'gates'>,
): Loss {
  const sign = metric.better === 'higher' ? -1 : 1;
  const absolute: Loss['absolute'] = (counts) => sign * (ours(counts) - theirs(counts));
  const relative: Loss['absolute'] = (counts) => {
    const before = theirs(counts);
    const lost = sign * (ours(counts) - before);
    // Against a baseline of 0 nothing is relative but equality.
    return lost === 0 ? 0 : lost / Math.abs(before);
  };
  const wanted = gates[metric.name]?.['max-relative-regression'] !== undefined;
  return { metric, ours, theirs, absolute, relative: wanted ? relative : undefined };
}

type Estimates = Map<QualityMetric, Pick<Comparison, 'regression' | 'relative'>>;

function exactly(losses: readonly Loss[]): Estimates {
  const nothing = { estimate: 0, interval: { low: 0, high: 0 } };
  return new Map(
    losses.map(({ metric, relative }) => [
      metric.name,
      { regression: nothing, ...(relative && { relative: nothing }) },
    ]),
  );
}

/** All bootstrapped figures share their resamples: drawing costs more than most metrics. */
function estimated(
  losses: readonly Loss[],
  examples: number,
  { confidence }: Pick<EvaluationPolicy, 'confidence'>,
): Estimates {
  const drawn = losses.flatMap(({ ours, theirs, absolute, relative }) => [
    ...(lossPairs(ours, theirs) ? [] : [absolute]),
    ...(relative ? [relative] : []),
  ]);
  const random = seededRandom(SEED);
  const intervals = bootstrapIntervals(examples, drawn, { confidence, random });
  const intervalOf = new Map(drawn.map((statistic, index) => [statistic, intervals[index]]));
  const estimate = (statistic: Loss['absolute'], interval?: Interval): Estimate => ({
    estimate: statistic(),
    interval: interval ?? intervalOf.get(statistic) ?? { low: NaN, high: NaN },
  });
  return new Map(
    losses.map(({ metric, ours, theirs, absolute, relative }) => {
      const pairs = lossPairs(ours, theirs);
      const exact = pairs && lossInterval(pairs, confidence);
      return [
        metric.name,
        {
          regression: estimate(absolute, exact),
          ...(relative && { relative: estimate(relative) }),
        },
      ];
    }),
  );
}

/** A metric that is the share of examples answered right, as pairs; undefined for any other. */
export function lossPairs(
  ours: Statistic | undefined,
  theirs: Statistic | undefined,
): Pairs | undefined {
  const [now, before] = [ours?.values, theirs?.values];
  const isFlag = (value: number) => value === 0 || value === 1;
  if (!now?.every(isFlag) || !before?.every(isFlag)) return undefined;
  return countPairs(now, before);
}

/** How many examples only one of the models has right, and how likely that is by chance. */
export function pairsOf(
  candidate: Scored,
  baseline: Scored,
): (Pairs & { readonly chance: number }) | undefined {
  if (!candidate.right || !baseline.right) return undefined;
  const pairs = countPairs(candidate.right, baseline.right);
  return { ...pairs, chance: mcnemar(pairs) };
}

function countPairs(now: ArrayLike<number>, before: ArrayLike<number>): Pairs {
  let [broken, fixed] = [0, 0];
  for (let row = 0; row < now.length; row++) {
    const gain = (now[row] ?? 0) - (before[row] ?? 0);
    if (gain < 0) broken += 1;
    if (gain > 0) fixed += 1;
  }
  return { broken, fixed, total: now.length };
}
