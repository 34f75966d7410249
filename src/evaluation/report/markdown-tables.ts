import { details, escapeMarkdown, table, type Column } from '../../report/markdown.ts';
import type { Evaluation } from '../evaluation.ts';
import type { GateResult } from '../gates.ts';
import { clipped, count, metricTitle, percent, signed } from './format.ts';
import { furtherRows, type MetricRow } from './metric-rows.ts';
import { finding, flipsSentence, outcomeWord, requirement } from './sentences.ts';
import { sliceCells, sliceMetric, sliceRows } from './slice-rows.ts';

export function gatesTable({ gates }: Evaluation): string {
  if (gates.length === 0) {
    return '> The policy has no gates, so nothing was judged. Add them under `evaluation.gates`.';
  }
  return table(
    [{ title: '' }, { title: 'Gate' }, { title: 'Found' }, { title: 'Outcome' }],
    gates.map((gate) => [
      gateIcon(gate),
      escapeMarkdown(requirement(gate)),
      escapeMarkdown(finding(gate)),
      escapeMarkdown(outcomeWord(gate)),
    ]),
  );
}

function gateIcon({ passed, outcome }: GateResult): string {
  if (passed === undefined) return '➖';
  if (outcome === 'not-enough-data') return '⚠️';
  return passed ? '✅' : '❌';
}

export function metricsTable(
  rows: readonly MetricRow[],
  { baseline }: Pick<Evaluation, 'baseline'>,
): string {
  const tested = rows.some(({ chance }) => chance !== undefined);
  const chances = tested ? [{ title: 'By chance', align: 'right' as const }] : [];
  return table(
    [{ title: 'Metric' }, ...comparisonColumns('Candidate', baseline), ...chances],
    rows.map((row) => [
      escapeMarkdown(row.title),
      row.candidate,
      ...(baseline ? [row.baseline ?? '–', row.change ?? '–'] : []),
      ...(tested ? [row.chance ?? '–'] : []),
    ]),
  );
}

/** The candidate's figure; that of the baseline and the change where there is one. */
function comparisonColumns(title: string, baseline: unknown): Column[] {
  const titles = baseline ? [title, 'Baseline', 'Change'] : [title];
  return titles.map((each) => ({ title: each, align: 'right' }));
}

export function furtherMetrics(evaluation: Evaluation): string {
  const rows = furtherRows(evaluation);
  return rows.length > 0 ? details('Further metrics', metricsTable(rows, evaluation)) : '';
}

const SLICES_SHOWN = 30;

export function slicesTable(evaluation: Evaluation): string {
  const metric = sliceMetric(evaluation);
  if (evaluation.slices.length === 0 || metric === undefined) return '';
  const { baseline } = evaluation;
  const rows = sliceRows(evaluation);
  const body = table(
    [
      { title: 'Slice' },
      { title: 'Examples', align: 'right' },
      ...comparisonColumns(metricTitle(metric), baseline),
    ],
    rows
      .slice(0, SLICES_SHOWN)
      .map(({ name, examples, quality }) => [
        escapeMarkdown(clipped(name)),
        count(examples),
        ...sliceCells(quality, metric).slice(0, baseline ? 3 : 1),
      ]),
  );
  const more = rows.length - SLICES_SHOWN;
  const order = baseline ? 'the largest loss' : 'the worst';
  return details(
    `Slices: ${count(rows.length)}, ${order} first`,
    more > 0 ? `${body}\n\n*${count(more)} more are in the HTML report.*` : body,
  );
}

export function classesTable({ candidate, baseline }: Evaluation): string {
  const { classes, classNames } = candidate.details;
  if (classes.length === 0) return '';
  const right = { align: 'right' } as const;
  const rows = classes.map((figures, index) => {
    const before = baseline?.details.classes[index];
    return [
      escapeMarkdown(classNames[index] ?? String(index)),
      percent(figures.precision),
      percent(figures.recall),
      percent(figures.f1),
      ...(before ? [signed((figures.f1 - before.f1) * 100)] : []),
      count(figures.support),
    ];
  });
  const head = [
    { title: 'Class' },
    { title: 'Precision', ...right },
    { title: 'Recall', ...right },
    { title: 'F1', ...right },
    ...(baseline ? [{ title: 'Change of F1', ...right }] : []),
    { title: 'Examples', ...right },
  ];
  return details('Classes', table(head, rows));
}

const FLIPS_SHOWN = 10;

export function flipsTable({ flips, pairs }: Evaluation): string {
  if (!flips || !pairs) return '';
  const title = `Flips: ${flipsSentence(pairs)}`;
  const shown = flips.examples.slice(0, FLIPS_SHOWN);
  if (shown.length === 0) return `${title}.`;
  const rows = shown.map((flip) => [
    String(flip.example),
    escapeMarkdown(clipped(flip.label)),
    escapeMarkdown(clipped(flip.baseline)),
    escapeMarkdown(clipped(flip.candidate)),
    flip.confidence === undefined ? '–' : percent(flip.confidence),
  ]);
  const head = ['Example', 'Label', 'Baseline', 'Candidate', 'Its confidence'];
  const note =
    flips.broken > shown.length
      ? `\n\nThe ${shown.length} that the candidate is surest of; the HTML report has more.`
      : '';
  return details(
    title,
    table(
      head.map((column) => ({ title: column })),
      rows,
    ) + note,
  );
}

const CLASSES_IN_CONFUSION = 20;

export function confusionTable({ candidate }: Evaluation): string {
  const { confusion, classNames } = candidate.details;
  const { classes, counts } = confusion ?? { classes: Infinity, counts: [] };
  if (classes > CLASSES_IN_CONFUSION) return '';
  const names = Array.from({ length: classes }, (_, i) =>
    escapeMarkdown(classNames[i] ?? String(i)),
  );
  const rows = names.map((name, row) => [
    `**${name}**`,
    ...names.map((_, column) => {
      const value = counts[row * classes + column] ?? 0;
      if (value === 0) return '';
      return row === column ? `**${count(value)}**` : count(value);
    }),
  ]);
  const head = [
    { title: 'Label \\ predicted' },
    ...names.map((title) => ({ title, align: 'right' as const })),
  ];
  return details('Confusion matrix of the candidate', table(head, rows));
}
