import type { z } from 'zod';
import { code, details, escapeMarkdown, table } from '../../report/markdown.ts';
import { clipped, count } from './format.ts';
import type { evaluationReport } from './json-schema.ts';

export type ReportedEvaluation = z.infer<typeof evaluationReport>;

/** Whoever wrote the report chose how long its lists are. */
const SHOWN = 20;

/**
 * A report that came as JSON from code that nobody has reviewed, as Markdown: its figures as they
 * stand there, every word escaped, and above all who says so.
 */
export function unverifiedReport(report: ReportedEvaluation, run: string): string {
  const { candidate, baseline, data } = report;
  const against = baseline ? `against ${name(baseline.name)}` : 'without a baseline';
  return [
    `### 🍴 The fork's run says: ${text(report.headline, 300)}`,
    `> The code of this pull request made this report in [its own run](${run}), and nobody has verified it. It is no check: evaluate the model again before you merge.`,
    `Candidate ${name(candidate.name)} ${against}, on ${count(data.examples)} examples of ${name(data.file)}.`,
    gatesTable(report),
    metricsTable(report),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function gatesTable({ gates }: ReportedEvaluation): string {
  if (gates.length === 0) return '';
  return table(
    ['Gate', 'Limit', 'Found', 'Outcome'].map((title) => ({ title })),
    gates
      .slice(0, SHOWN)
      .map(({ metric, rule, limit, value, outcome }) => [
        text(`${metric} ${rule}`),
        String(limit),
        figure(value),
        text(outcome),
      ]),
  );
}

function metricsTable({ metrics }: ReportedEvaluation): string {
  const rows = Object.entries(metrics)
    .slice(0, SHOWN)
    .map(([metric, { candidate, baseline }]) => [
      text(metric),
      figure(candidate),
      figure(baseline),
    ]);
  if (rows.length === 0) return '';
  const head = ['Metric', 'Candidate', 'Baseline'].map((title) => ({ title }));
  return details('Metrics', table(head, rows));
}

function figure(value: number | null | undefined): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(5))) : '–';
}

function text(given: string, most = 100): string {
  return escapeMarkdown(clipped(given, most));
}

function name(given: string): string {
  return code(clipped(given, 100));
}
