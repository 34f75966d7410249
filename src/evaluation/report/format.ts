import { bytes, duration } from '../../report/text.ts';
import type { MetricName } from '../../project/evaluation-policy.ts';
import { metricInfo } from '../tasks/index.ts';

export function metricTitle(metric: MetricName): string {
  if (metric === 'latency' || metric === 'size') return metric;
  return metricInfo(metric).title;
}

/** `95.20 %`, `0.1234`, `1.25 ms`, `3.4 MiB`: the value in the metric's own unit. */
export function metricValue(metric: MetricName, value: number): string {
  if (metric === 'latency') return duration(value);
  if (metric === 'size') return bytes(value);
  return metricInfo(metric).unit === 'share' ? percent(value) : value.toFixed(4);
}

/** A distance between two values, without a sign: `3.10 points`. */
export function metricDistance(metric: MetricName, distance: number): string {
  const size = Math.abs(distance);
  return isShare(metric) ? points(size) : metricValue(metric, size);
}

/** The same without its unit where that can be left out: `3.10`. */
export function metricNumber(metric: MetricName, distance: number): string {
  const size = Math.abs(distance);
  return isShare(metric) ? (size * 100).toFixed(2) : metricValue(metric, size);
}

/** Whether the metric is shown in percent. */
export function isShare(metric: MetricName): boolean {
  return metric !== 'latency' && metric !== 'size' && metricInfo(metric).unit === 'share';
}

export function percent(share: number): string {
  return Number.isNaN(share) ? '–' : `${(share * 100).toFixed(2)} %`;
}

export function points(share: number): string {
  return `${(share * 100).toFixed(2)} points`;
}

export function ratio(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)}×`;
}

/** 12345 -> `12,345`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `+3.10`, `−0.40`: with a real minus, for tables. */
export function signed(value: number, digits = 2): string {
  if (Number.isNaN(value)) return '–';
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return `±${text}`;
  return value < 0 ? `−${text}` : `+${text}`;
}

/** Enough of a digest to tell two apart. */
export function shortDigest(digest: string): string {
  return digest.replace('sha256:', '').slice(0, 12);
}

/** 0.95 -> `95 %`. */
export function percentOf(confidence: number): string {
  return `${Number((confidence * 100).toFixed(2))} %`;
}

/** 0.034 -> `3.4 %`; two digits, since a permutation test has no more. */
export function chanceText(chance: number): string {
  if (chance < 0.0001) return '< 0.01 %';
  return `${Number((100 * chance).toPrecision(2))} %`;
}

/** Names within a model are as long as it pleases. */
export function clipped(text: string, most = 160): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
