import type { Contender, Evaluation } from '../evaluation.ts';
import type { Latency } from '../latency.ts';
import { headline } from './sentences.ts';

/** The evaluation as JSON: all figures but the single timings. NaN becomes null. */
export function jsonReport(evaluation: Evaluation, context: { readonly baselineReason: string }) {
  const { latency, baseline, candidate, ...rest } = evaluation;
  return {
    task: rest.task,
    verdict: rest.verdict,
    headline: headline(evaluation),
    candidate: contender(candidate),
    baseline: baseline ? contender(baseline) : null,
    baselineReason: context.baselineReason,
    data: rest.data,
    confidence: rest.confidence,
    interface: { breaks: rest.breaks },
    gates: rest.gates,
    diff: rest.diff ?? null,
    card: rest.card ?? null,
    metrics: Object.fromEntries(
      rest.qualities.map(({ metric, ...values }) => [metric, values] as const),
    ),
    slices: rest.slices.map(({ name, examples, qualities }) => ({
      name,
      examples,
      metrics: Object.fromEntries(qualities.map(({ metric, ...values }) => [metric, values])),
    })),
    classNames: candidate.details.classNames,
    latency: latency
      ? {
          batch: latency.batch,
          candidate: timing(latency.candidate),
          baseline: latency.baseline ? timing(latency.baseline) : null,
          ratio: latency.ratio ?? null,
          further: latency.further ?? null,
        }
      : null,
    pairs: rest.pairs ?? null,
    flips: rest.flips ?? null,
    machine: rest.machine,
  };
}

function contender({ name, digest, bytes, inference, details }: Contender) {
  const { readAs, classes: figures, confusion } = details;
  const rest = { name, digest, bytes, inference, scores: readAs, classes: figures };
  if (!confusion) return { ...rest, confusion: null };
  const { classes, counts } = confusion;
  const rows = Array.from({ length: classes }, (_, row) =>
    Array.from(counts.subarray(row * classes, (row + 1) * classes)),
  );
  return { ...rest, confusion: rows };
}

function timing({ samples, ...figures }: Latency) {
  return { rounds: samples.length, ...figures };
}

/** What a stage of dvc.yaml may keep: the same models and data give the same bytes. */
export function stageMetrics({ qualities, data }: Evaluation): Record<string, number> {
  return {
    ...Object.fromEntries(qualities.map(({ metric, candidate }) => [metric, candidate])),
    examples: data.examples,
  };
}
