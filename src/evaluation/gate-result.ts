import type { CostMetric, EvaluationPolicy, MetricName } from '../project/evaluation-policy.ts';
import type { Comparison } from './comparison.ts';
import type { Slice } from './slices.ts';
import type { Interval } from './statistics/interval.ts';

export type Rule =
  | 'min'
  | 'max'
  | 'max-regression'
  | 'max-relative-regression'
  | 'max-ratio'
  | 'slice-min'
  | 'slice-max-regression';

/**
 * `met` and `missed` speak of a limit; `better`, `equal` (within the margin), `worse` and
 * `not-enough-data` of a comparison; `no-baseline` and `not-comparable` (its interface is another)
 * of none; `not-measured` of a metric that the model does not allow; `unanswered` of a candidate
 * that could not be asked at all.
 */
export type Outcome =
  | 'met'
  | 'missed'
  | 'better'
  | 'equal'
  | 'worse'
  | 'not-enough-data'
  | 'no-baseline'
  | 'not-comparable'
  | 'not-measured'
  | 'unanswered';

export interface GateResult {
  readonly metric: MetricName;
  readonly rule: Rule;
  readonly limit: number;
  /** Of a rule for slices: the one that decided. */
  readonly slice?: string | undefined;
  /** What the rule looks at: the metric, how much worse it is, or the ratio. */
  readonly value: number | undefined;
  readonly interval: Interval | undefined;
  readonly outcome: Outcome;
  /** Undefined where the rule has no say: a comparison without a baseline, under absolute-only. */
  readonly passed: boolean | undefined;
  /** How many examples would probably decide, where these do not. */
  readonly examplesNeeded: number | undefined;
}

/** What a cost is, and what it is against the baseline's. */
export interface Cost {
  readonly metric: CostMetric;
  /** Milliseconds or bytes. */
  readonly candidate: number;
  readonly ratio: { readonly estimate: number; readonly interval: Interval } | undefined;
}

export interface Measured {
  readonly qualities: readonly Comparison[];
  readonly costs: readonly Cost[];
  readonly slices: readonly Slice[];
  readonly examples: number;
  /** Whether the baseline answered too, or why not. */
  readonly compared: Compared;
  /** Whether the candidate did. */
  readonly answered: boolean;
}

/** A gate on something that was not measured cannot have been met. */
export const notMeasured = {
  value: undefined,
  interval: undefined,
  outcome: 'not-measured',
  passed: false,
  examplesNeeded: undefined,
} as const;

export type OnNoBaseline = EvaluationPolicy['on-no-baseline'];

export type Compared = 'compared' | 'no-baseline' | 'not-comparable';

export function withoutBaseline(why: Exclude<Compared, 'compared'>, onNoBaseline: OnNoBaseline) {
  return {
    value: undefined,
    interval: undefined,
    outcome: why,
    passed: onNoBaseline === 'absolute-only' ? undefined : onNoBaseline === 'pass',
    examplesNeeded: undefined,
  } as const;
}
