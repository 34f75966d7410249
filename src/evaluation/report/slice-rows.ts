import type { QualityMetric } from '../../project/metric-names.ts';
import type { Comparison } from '../comparison.ts';
import type { Evaluation } from '../evaluation.ts';
import { TASKS } from '../tasks/index.ts';
import { isShare, metricValue, signed } from './format.ts';

/** One slice as reports show it, by the metric that matters most. */
export interface SliceRow {
  readonly name: string;
  readonly examples: number;
  /** Undefined where the slice does not allow the metric. */
  readonly quality: Comparison | undefined;
}

/** The metric of slices: the first with a gate on slices, else the task's first. */
export function sliceMetric({ gates, task }: Evaluation): QualityMetric | undefined {
  const gated = gates.find(({ slice, rule }) => slice !== undefined || rule.startsWith('slice-'));
  const metrics = TASKS[task].metrics.map(({ name }) => name);
  return metrics.find((name) => name === gated?.metric) ?? TASKS[task].main[0];
}

/** Candidate, baseline and change of a slice. */
export function sliceCells(quality: Comparison | undefined, metric: QualityMetric): string[] {
  if (!quality) return ['not measured', '–', '–'];
  const { candidate, baseline, regression } = quality;
  const value = metricValue(metric, candidate);
  if (baseline === undefined || !regression) return [value, '–', '–'];
  return [value, metricValue(metric, baseline), changeText(metric, candidate - baseline)];
}

/** The largest loss first; without a baseline, the lowest value. */
export function sliceRows(evaluation: Evaluation): SliceRow[] {
  const metric = sliceMetric(evaluation);
  const better = TASKS[evaluation.task].metrics.find(({ name }) => name === metric)?.better;
  const sign = better === 'higher' ? 1 : -1;
  const rank = ({ quality }: SliceRow) =>
    quality?.regression ? -quality.regression.estimate : sign * (quality?.candidate ?? -Infinity);
  return evaluation.slices
    .map(({ name, examples, qualities }) => ({
      name,
      examples,
      quality: qualities.find((quality) => quality.metric === metric),
    }))
    .toSorted((a, b) => rank(a) - rank(b));
}

function changeText(metric: QualityMetric, difference: number): string {
  return isShare(metric) ? `${signed(difference * 100)} points` : signed(difference, 4);
}
