import type { EvaluationPolicy, QualityGate } from '../project/evaluation-policy.ts';
import type { QualityMetric } from '../project/metric-names.ts';
import { withoutBaseline, type GateResult, type Measured } from './gate-result.ts';
import { chanceOf, type Slice } from './slices.ts';
import { adjusted } from './statistics/correction.ts';

/** Holds a gate against every slice; each result speaks of the slice that decided. */
export function judgeSlices(
  metric: QualityMetric,
  gate: QualityGate,
  measured: Measured,
  policy: EvaluationPolicy,
): GateResult[] {
  const [least, margin] = [gate['slice-min'], gate['slice-max-regression']];
  return [
    ...(least === undefined ? [] : [lowest(metric, least, measured.slices)]),
    ...(margin === undefined ? [] : [worst(metric, margin, measured, policy)]),
  ];
}

function found({ qualities }: Slice, metric: QualityMetric) {
  return qualities.find((quality) => quality.metric === metric);
}

const nothing = { value: undefined, interval: undefined, examplesNeeded: undefined } as const;

/** A slice of one class alone has no ROC AUC; what was not measured was not met. */
function notMeasured(
  metric: QualityMetric,
  rule: 'slice-min' | 'slice-max-regression',
  limit: number,
  slice: string | undefined,
): GateResult {
  return { metric, rule, limit, slice, ...nothing, outcome: 'not-measured', passed: false };
}

function lowest(metric: QualityMetric, limit: number, slices: readonly Slice[]): GateResult {
  const unknown = slices.find((slice) => found(slice, metric) === undefined);
  const values = slices.map((slice) => ({ slice, value: found(slice, metric)?.candidate ?? NaN }));
  const [first] = values.toSorted((a, b) => a.value - b.value);
  if (unknown || !first) return notMeasured(metric, 'slice-min', limit, unknown?.name);
  const { value, slice } = first;
  const passed = value >= limit;
  const outcome = passed ? 'met' : 'missed';
  return {
    ...nothing,
    metric,
    rule: 'slice-min',
    limit,
    slice: slice.name,
    value,
    outcome,
    passed,
  };
}

/**
 * Worse where one slice is, after the correction for how many there are. Small slices seldom tell
 * anything, so one that does not is no failure: the gate is there to find what can be shown.
 */
function worst(
  metric: QualityMetric,
  limit: number,
  { slices, compared }: Measured,
  policy: EvaluationPolicy,
): GateResult {
  const rule = { metric, rule: 'slice-max-regression', limit } as const;
  if (compared !== 'compared') {
    return { ...rule, ...withoutBaseline(compared, policy['on-no-baseline']) };
  }
  const { confidence, correction } = policy;
  const chances = slices.map((slice) => chanceOf(slice, metric, { margin: limit, confidence }));
  const unknown = slices[chances.findIndex(Number.isNaN)];
  const corrected = adjusted(chances, correction);
  const least = Math.min(...corrected);
  // Of equal ones after the correction, the one that was furthest before it.
  const [first] = slices
    .map((slice, index) => ({ slice, own: chances[index] ?? NaN, all: corrected[index] ?? NaN }))
    .filter(({ all }) => all === least)
    .toSorted((a, b) => a.own - b.own);
  if (unknown || !first) return notMeasured(metric, 'slice-max-regression', limit, unknown?.name);
  const { slice } = first;
  const regression = found(slice, metric)?.regression;
  const result = {
    ...rule,
    slice: slice.name,
    value: regression?.estimate,
    interval: regression?.interval,
    examplesNeeded: undefined,
  };
  if (least < 1 - confidence) return { ...result, outcome: 'worse', passed: false };
  const settled = slices.every(
    (one) => (found(one, metric)?.regression?.interval.high ?? Infinity) <= limit,
  );
  return { ...result, outcome: settled ? 'equal' : 'not-enough-data', passed: true };
}
