import {
  COST_METRICS,
  type CostGate,
  type CostMetric,
  type EvaluationPolicy,
  type MetricName,
  type QualityGate,
} from '../project/evaluation-policy.ts';
import { QUALITY_METRICS, type QualityMetric } from '../project/metric-names.ts';
import {
  notMeasured,
  withoutBaseline,
  type GateResult,
  type Measured,
  type OnNoBaseline,
} from './gate-result.ts';
import { judgeSlices } from './slice-gates.ts';
import type { Interval } from './statistics/interval.ts';

export type { Cost, GateResult, Measured, Outcome, Rule } from './gate-result.ts';

/** Holds every gate of the policy against what was measured. */
export function judge(measured: Measured, policy: EvaluationPolicy): GateResult[] {
  const onNoBaseline = policy['on-no-baseline'];
  const results = [
    ...QUALITY_METRICS.flatMap((metric) => {
      const gate = policy.gates[metric];
      return gate
        ? [
            ...judgeQuality(metric, gate, measured, onNoBaseline),
            ...judgeSlices(metric, gate, measured, policy),
          ]
        : [];
    }),
    ...COST_METRICS.flatMap((metric) => {
      const gate = policy.gates[metric];
      return gate ? judgeCost(metric, gate, measured, onNoBaseline) : [];
    }),
  ];
  if (measured.answered) return results;
  return results.map((result) =>
    result.outcome === 'not-measured' ? { ...result, outcome: 'unanswered' } : result,
  );
}

function judgeQuality(
  metric: QualityMetric,
  gate: QualityGate,
  { qualities, examples, compared }: Measured,
  onNoBaseline: OnNoBaseline,
): GateResult[] {
  const found = qualities.find((comparison) => comparison.metric === metric);
  const about = { metric, value: found?.candidate };
  const results = absolute(about, gate);
  const margins = [
    { rule: 'max-regression', loss: found?.regression },
    { rule: 'max-relative-regression', loss: found?.relative },
  ] as const;
  const compare = ({ rule, loss }: (typeof margins)[number]): GateResult[] => {
    const limit = gate[rule];
    if (limit === undefined) return [];
    if (compared !== 'compared') {
      return [{ metric, rule, limit, ...withoutBaseline(compared, onNoBaseline) }];
    }
    if (!loss) return [{ metric, rule, limit, ...notMeasured }];
    return [{ metric, rule, limit, ...decide(loss, { limit, unchanged: 0, examples }, gate) }];
  };
  return [...results, ...margins.flatMap(compare)];
}

function judgeCost(
  metric: CostMetric,
  gate: CostGate,
  { costs, compared }: Measured,
  onNoBaseline: OnNoBaseline,
): GateResult[] {
  const found = costs.find((cost) => cost.metric === metric);
  const results = absolute({ metric, value: found?.candidate }, gate);
  const limit = gate['max-ratio'];
  if (limit === undefined) return results;
  const rule = { metric, rule: 'max-ratio', limit } as const;
  if (compared !== 'compared') {
    return [...results, { ...rule, ...withoutBaseline(compared, onNoBaseline) }];
  }
  if (!found?.ratio) return [...results, { ...rule, ...notMeasured }];
  return [...results, { ...rule, ...decide(found.ratio, { limit, unchanged: 1 }, gate) }];
}

function absolute(
  { metric, value }: { readonly metric: MetricName; readonly value: number | undefined },
  gate: { readonly min?: number | undefined; readonly max?: number | undefined },
): GateResult[] {
  const rules = [
    { rule: 'min', limit: gate.min },
    { rule: 'max', limit: gate.max },
  ] as const;
  return rules.flatMap(({ rule, limit }) => {
    if (limit === undefined) return [];
    if (value === undefined) return { metric, rule, limit, ...notMeasured };
    const passed = rule === 'min' ? value >= limit : value <= limit;
    return {
      metric,
      rule,
      limit,
      value,
      interval: undefined,
      outcome: passed ? 'met' : 'missed',
      passed,
      examplesNeeded: undefined,
    };
  });
}

type Decision = Pick<GateResult, 'value' | 'interval' | 'outcome' | 'passed' | 'examplesNeeded'>;

/**
 * Where larger is worse: worse where the whole interval is beyond the limit, not worse where none
 * of it is. In between, the data do not tell.
 */
function decide(
  { estimate, interval }: { readonly estimate: number; readonly interval: Interval },
  { limit, unchanged, examples }: { limit: number; unchanged: number; examples?: number },
  gate: { readonly 'on-not-enough-data': 'pass' | 'fail' },
): Decision {
  const decision = { value: estimate, interval, examplesNeeded: undefined };
  if (interval.low > limit) return { ...decision, outcome: 'worse', passed: false };
  if (interval.high <= limit) {
    return { ...decision, outcome: interval.high < unchanged ? 'better' : 'equal', passed: true };
  }
  return {
    ...decision,
    outcome: 'not-enough-data',
    passed: gate['on-not-enough-data'] === 'pass',
    examplesNeeded:
      examples === undefined ? undefined : examplesNeeded(estimate, interval, limit, examples),
  };
}

/**
 * The width of an interval shrinks with the square root of the number of examples: how many bring
 * its end to the limit, should the estimate stay.
 */
function examplesNeeded(
  estimate: number,
  { low, high }: Interval,
  limit: number,
  examples: number,
): number | undefined {
  const distance = Math.abs(limit - estimate);
  const reach = estimate > limit ? estimate - low : high - estimate;
  const factor = (reach / distance) ** 2;
  return Number.isFinite(factor) ? Math.ceil(examples * factor) : undefined;
}
