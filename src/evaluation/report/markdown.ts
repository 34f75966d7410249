import { code, escapeMarkdown } from '../../report/markdown.ts';
import { duration } from '../../report/text.ts';
import type { Evaluation } from '../evaluation.ts';
import { clipped, count, percentOf, ratio, shortDigest } from './format.ts';
import {
  classesTable,
  confusionTable,
  flipsTable,
  furtherMetrics,
  gatesTable,
  metricsTable,
  slicesTable,
} from './markdown-tables.ts';
import { modelDiff } from './markdown-diff.ts';
import { metricRows } from './metric-rows.ts';
import { headline, inferenceSentence, isOdd } from './sentences.ts';

/** GitHub takes a comment of 65,536 characters; the adapter adds a marker of its own. */
const LIMIT = 65_536 - 512;

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
  const heading = `### ${icon(evaluation)} ${escapeMarkdown(headline(evaluation))}`;
  return `${heading}\n\n${markdownBody(evaluation, context, LIMIT - heading.length - 2)}`;
}

/** The same without the heading, for a place that has the verdict as its title. */
export function markdownBody(evaluation: Evaluation, context: Context, limit = LIMIT): string {
  const needed = [
    subjects(evaluation, context),
    breaksList(evaluation),
    dataList(evaluation),
    gatesTable(evaluation),
    oddities(evaluation),
  ].filter(Boolean);
  const detail = [
    metricsTable(metricRows(evaluation), evaluation),
    latencyLine(evaluation),
    furtherMetrics(evaluation),
    modelDiff(evaluation),
    slicesTable(evaluation),
    classesTable(evaluation),
    flipsTable(evaluation),
    confusionTable(evaluation),
  ].filter(Boolean);
  const last = footer(evaluation, context);
  const room = limit - last.length;
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
  const asked = candidate.inference.by === 'none' ? 'and not asked any of the' : 'on';
  return `Candidate ${code(candidate.name)} ${digest} ${against}, ${asked} ${count(data.examples)} examples of ${code(data.file)}. ${escapeMarkdown(baselineReason)}`;
}

/** A hostile model may have as many inputs as it likes. */
const BREAKS_SHOWN = 20;

/** What breaks, and beside it what else is new at the interface: often the same under another name. */
function breaksList({ breaks, diff }: Evaluation): string {
  const others = breaks.length === 0 ? [] : (diff?.interface ?? []);
  return [
    ...breaks.map((what) => ({ icon: '❌', what })),
    ...others.filter(({ breaking }) => !breaking).map(({ what }) => ({ icon: 'ℹ️', what })),
  ]
    .slice(0, BREAKS_SHOWN)
    .map(({ icon, what }) => `- ${icon} ${escapeMarkdown(clipped(what))}`)
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

/** What was not as the policy asks, or as a reader would expect. */
function oddities({ candidate, baseline }: Evaluation): string {
  return [candidate, baseline]
    .filter((contender) => contender !== undefined)
    .filter(({ inference }) => isOdd(inference))
    .map(
      ({ name, inference }) =>
        `- ⚠️ ${code(name)}: ${escapeMarkdown(clipped(inferenceSentence(inference), 500))}`,
    )
    .join('\n');
}

function latencyLine({ latency, machine, confidence }: Evaluation): string {
  if (!latency) return '';
  const { candidate, baseline, ratio: relative, batch } = latency;
  const per = batch === 1 ? 'one example' : `a batch of ${batch}`;
  const ours = `median ${duration(candidate.medianMs)}, 95th percentile ${duration(candidate.p95Ms)}`;
  const theirs =
    baseline && relative
      ? ` Baseline: median ${duration(baseline.medianMs)}, 95th percentile ${duration(baseline.p95Ms)}; ratio ${ratio(relative.estimate)} (${ratio(relative.interval.low)} to ${ratio(relative.interval.high)}, each end at ${percentOf(confidence)}).`
      : '';
  return `**Latency** of ${per}, ${count(candidate.samples.length)} rounds${baseline ? ' in turn' : ''}, ${machine.threads} threads on ${escapeMarkdown(machine.processor)}: ${ours}.${theirs}`;
}

function footer(evaluation: Evaluation, { reportPlace }: Context): string {
  const parts = [
    evaluation.gates.some(({ interval }) => interval !== undefined)
      ? `Each end of a range holds at ${percentOf(evaluation.confidence)}: Tango's interval for accuracy, a paired bootstrap otherwise.`
      : '',
    evaluation.qualities.some(({ chance }) => chance !== undefined)
      ? 'By chance: how often equally good models would differ at least so much.'
      : '',
    reportPlace ? `Charts and all figures: ${reportPlace}.` : '',
    advice(evaluation),
  ].filter(Boolean);
  return parts.length > 0 ? `<sub>${parts.join(' ')}</sub>` : '';
}

/** Where to turn with a verdict that is not welcome. */
function advice({ verdict, breaks }: Evaluation): string {
  if (verdict === 'accepted') return '';
  return breaks.length > 0
    ? 'Give inputs and outputs their old names, types and shapes; or set `evaluation.interface: free` in `.github/model-ci.yml` where all who use the model follow.'
    : 'Gates are in `.github/model-ci.yml`, under `evaluation.gates`.';
}
