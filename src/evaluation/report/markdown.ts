import { code, details, escapeMarkdown, table } from '../../report/markdown.ts';
import { duration } from '../../report/text.ts';
import type { Evaluation } from '../evaluation.ts';
import type { GateResult } from '../gates.ts';
import { diffText } from './diff.ts';
import { count, metricTitle, percent, percentOf, ratio, shortDigest, signed } from './format.ts';
import { sliceCells, sliceMetric, sliceRows } from './slice-rows.ts';
import { furtherRows, metricRows, type MetricRow } from './metric-rows.ts';
import {
  finding,
  flipsSentence,
  headline,
  inferenceSentence,
  outcomeWord,
  requirement,
} from './sentences.ts';

/** GitHub takes a comment of 65,536 characters; the adapter adds a marker of its own. */
const LIMIT = 65_536 - 512;

const CLASSES_IN_CONFUSION = 20;
const FLIPS_SHOWN = 10;

/** What the reader needs beside the figures. */
export interface Context {
  /** Why this baseline, or why none, as a sentence. */
  readonly baselineReason: string;
  /** Where the HTML report is, as Markdown; empty where it was not uploaded. */
  readonly reportPlace: string;
}

/**
 * The report as GitHub Markdown: the verdict first, then the gates, then detail. Where it would be
 * longer than a comment may be, detail is dropped from the end, and a line says so.
 */
export function markdownReport(evaluation: Evaluation, context: Context): string {
  const needed = [
    `### ${icon(evaluation)} ${escapeMarkdown(headline(evaluation))}`,
    subjects(evaluation, context),
    breaksList(evaluation),
    dataList(evaluation),
    gatesTable(evaluation),
    oddities(evaluation),
  ].filter(Boolean);
  const detail = [
    metricsTable(metricRows(evaluation)),
    latencyLine(evaluation),
    furtherMetrics(evaluation),
    modelDiff(evaluation),
    slicesTable(evaluation),
    classesTable(evaluation),
    flipsTable(evaluation),
    confusionTable(evaluation),
  ].filter(Boolean);
  const last = footer(evaluation, context);
  const room = LIMIT - last.length;
  let text = needed.join('\n\n').slice(0, room);
  let dropped = 0;
  for (const part of detail) {
    if (text.length + part.length + 2 <= room) text += `\n\n${part}`;
    else dropped += 1;
  }
  const note = dropped > 0 ? `*${dropped} parts did not fit here; the HTML report has them.* ` : '';
  return `${text}\n\n${note}${last}\n`;
}

function icon({ verdict }: Evaluation): string {
  return { accepted: '✅', rejected: '❌', undecided: '⚠️' }[verdict];
}

function subjects(
  { candidate, baseline, data, diff }: Evaluation,
  { baselineReason }: Context,
): string {
  const digest = code(shortDigest(candidate.digest));
  const against = baseline
    ? `against ${code(baseline.name)} ${code(shortDigest(baseline.digest))}`
    : diff
      ? 'not compared, since the interfaces differ'
      : 'without a baseline';
  return `Candidate ${code(candidate.name)} ${digest} ${against}, on ${count(data.examples)} examples of ${code(data.file)}. ${escapeMarkdown(baselineReason)}`;
}

/** A hostile model may have as many inputs as it likes. */
const BREAKS_SHOWN = 20;

function breaksList({ breaks }: Evaluation): string {
  return breaks
    .slice(0, BREAKS_SHOWN)
    .map((what) => `- ❌ ${escapeMarkdown(clipped(what))}`)
    .join('\n');
}

const DATA_ICONS = { error: '❌', warning: '⚠️', info: 'ℹ️' } as const;

function dataList({ data }: Evaluation): string {
  return data.findings
    .slice(0, BREAKS_SHOWN)
    .map(
      ({ severity, message }) =>
        `- ${DATA_ICONS[severity]} ${escapeMarkdown(clipped(message, 300))}`,
    )
    .join('\n');
}

/** Names within a model are as long as it pleases. */
function clipped(text: string, most = 160): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** What was not as the policy asks, or as a reader would expect. */
function oddities({ candidate, baseline }: Evaluation): string {
  return [candidate, baseline]
    .filter((contender) => contender !== undefined)
    .filter(({ inference: { fallback, alone } }) => fallback !== undefined || alone === false)
    .map(
      ({ name, inference }) =>
        `- ⚠️ ${code(name)}: ${escapeMarkdown(clipped(inferenceSentence(inference), 500))}`,
    )
    .join('\n');
}

const WEIGHTS_SHOWN = 20;

function modelDiff({ diff }: Evaluation): string {
  if (!diff) return '';
  const { summary, changes, weights } = diffText(diff);
  const list = changes.slice(0, BREAKS_SHOWN).map((what) => `- ${escapeMarkdown(clipped(what))}`);
  const rows = weights
    .slice(0, WEIGHTS_SHOWN)
    .map((cells) => cells.map((cell) => escapeMarkdown(clipped(cell))));
  const parts = [
    list.join('\n'),
    rows.length > 0
      ? table([{ title: 'Weights' }, { title: 'Shape' }, { title: 'Change' }], rows)
      : '',
    weights.length > rows.length ? `*${count(weights.length - rows.length)} more changed.*` : '',
  ].filter(Boolean);
  const title = `Model: ${escapeMarkdown(summary)}`;
  return parts.length > 0 ? details(title, parts.join('\n\n')) : `${title}.`;
}

function gatesTable({ gates }: Evaluation): string {
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

function furtherMetrics(evaluation: Evaluation): string {
  const rows = furtherRows(evaluation);
  return rows.length > 0 ? details('Further metrics', metricsTable(rows)) : '';
}

function metricsTable(rows: readonly MetricRow[]): string {
  const right = { align: 'right' } as const;
  return table(
    [
      { title: 'Metric' },
      { title: 'Candidate', ...right },
      { title: 'Baseline', ...right },
      { title: 'Change', ...right },
    ],
    rows.map(({ title, candidate, baseline = '–', change = '–' }) => [
      escapeMarkdown(title),
      candidate,
      baseline,
      change,
    ]),
  );
}

function latencyLine({ latency, machine, confidence }: Evaluation): string {
  const { candidate, baseline, ratio: relative, batch } = latency;
  const per = batch === 1 ? 'one example' : `a batch of ${batch}`;
  const ours = `median ${duration(candidate.medianMs)}, 95th percentile ${duration(candidate.p95Ms)}`;
  const theirs =
    baseline && relative
      ? ` Baseline: median ${duration(baseline.medianMs)}, 95th percentile ${duration(baseline.p95Ms)}; ratio ${ratio(relative.estimate)} (${ratio(relative.interval.low)} to ${ratio(relative.interval.high)}, each end at ${percentOf(confidence)}).`
      : '';
  return `**Latency** of ${per}, ${count(candidate.samples.length)} rounds in turn, ${machine.threads} threads on ${escapeMarkdown(machine.processor)}: ${ours}.${theirs}`;
}

const SLICES_SHOWN = 30;

function slicesTable(evaluation: Evaluation): string {
  const metric = sliceMetric(evaluation);
  if (evaluation.slices.length === 0 || metric === undefined) return '';
  const rows = sliceRows(evaluation);
  const right = { align: 'right' } as const;
  const body = table(
    [
      { title: 'Slice' },
      { title: 'Examples', ...right },
      { title: metricTitle(metric), ...right },
      { title: 'Baseline', ...right },
      { title: 'Change', ...right },
    ],
    rows
      .slice(0, SLICES_SHOWN)
      .map(({ name, examples, quality }) => [
        escapeMarkdown(clipped(name)),
        count(examples),
        ...sliceCells(quality, metric),
      ]),
  );
  const more = rows.length - SLICES_SHOWN;
  return details(
    `Slices: ${count(rows.length)}, the largest loss first`,
    more > 0 ? `${body}\n\n*${count(more)} more are in the HTML report.*` : body,
  );
}

function classesTable({ candidate, baseline }: Evaluation): string {
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

function flipsTable({ flips, pairs }: Evaluation): string {
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

function confusionTable({ candidate }: Evaluation): string {
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

function footer({ confidence, verdict }: Evaluation, { reportPlace }: Context): string {
  const place = reportPlace ? ` Charts and all figures: ${reportPlace}.` : '';
  const advice =
    verdict === 'accepted' ? '' : ' Gates are in `.github/model-ci.yml`, under `evaluation.gates`.';
  return `<sub>Each end of a range holds at ${percentOf(confidence)}: Tango's interval for accuracy, a paired bootstrap otherwise.${place}${advice}</sub>`;
}
