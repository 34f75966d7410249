import type { MetricName } from '../../project/evaluation-policy.ts';
import type { Evaluation } from '../evaluation.ts';
import { metricInfo, TASKS } from '../tasks/index.ts';
import { chanceText, metricTitle, metricValue, ratio, signed } from './format.ts';

/** A metric as every report shows it. */
export interface MetricRow {
  readonly title: string;
  readonly candidate: string;
  readonly baseline: string | undefined;
  readonly change: string | undefined;
  /** How often equally good models would differ at least so much; undefined where nobody tested. */
  readonly chance: string | undefined;
  /** Which way the change goes; empty where there is none. */
  readonly tone: 'up' | 'down' | '';
}

/** The metrics that a reader looks at first: the main ones and those with a gate. */
export function metricRows(evaluation: Evaluation): MetricRow[] {
  const { latency, candidate, baseline } = evaluation;
  return [
    ...qualityRows(evaluation, true),
    ...(latency ? [row('latency', latency.candidate.medianMs, latency.baseline?.medianMs)] : []),
    row('size', candidate.bytes, baseline?.bytes),
  ];
}

/** All others. */
export function furtherRows(evaluation: Evaluation): MetricRow[] {
  return qualityRows(evaluation, false);
}

function qualityRows({ task, qualities, gates }: Evaluation, first: boolean): MetricRow[] {
  const shown = new Set<MetricName>([...TASKS[task].main, ...gates.map(({ metric }) => metric)]);
  return qualities
    .filter(({ metric }) => shown.has(metric) === first)
    .map(({ metric, candidate, baseline, chance }) => row(metric, candidate, baseline, chance));
}

function row(metric: MetricName, ours: number, theirs?: number, chance?: number): MetricRow {
  const shown = {
    title: metricTitle(metric),
    candidate: metricValue(metric, ours),
    chance: chance === undefined || Number.isNaN(chance) ? undefined : chanceText(chance),
  };
  if (theirs === undefined) return { ...shown, baseline: undefined, change: undefined, tone: '' };
  return {
    ...shown,
    baseline: metricValue(metric, theirs),
    change: change(metric, ours, theirs),
    tone: tone(metric, ours - theirs),
  };
}

function change(metric: MetricName, ours: number, theirs: number): string {
  if (metric === 'latency' || metric === 'size') return ratio(ours / theirs);
  const difference = ours - theirs;
  return metricInfo(metric).unit === 'share'
    ? `${signed(difference * 100)} points`
    : signed(difference, 4);
}

function tone(metric: MetricName, difference: number): MetricRow['tone'] {
  if (difference === 0 || Number.isNaN(difference)) return '';
  // Two timings are never equal; whether one is slower is for its interval to say.
  if (metric === 'latency') return '';
  const higherIsBetter = metric !== 'size' && metricInfo(metric).better === 'higher';
  return difference > 0 === higherIsBetter ? 'up' : 'down';
}
