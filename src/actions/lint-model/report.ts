import { rank, type FileReport, type Finding, type Severity } from '../../lint/finding.ts';
import { toJson, type LintReport } from '../../lint/report.ts';
import { code, details, escapeMarkdown, table } from '../../report/markdown.ts';
import { plain, shortened } from '../../report/text.ts';
import type { Annotation, Report } from '../../runner/use-case.ts';
import type { LintResult } from './run.ts';

export const outputs = {
  verdict: 'clean, findings or inconclusive: the worst of all files.',
  findings: 'How many findings there are, information not counted.',
  evidence:
    'The path of the evidence for registration; empty where no declared model was linted whole.',
} as const;

/** GitHub shows 50 annotations at most; the summary folds the rest away. */
const MAX_ANNOTATIONS = 50;

/** Rows of the summary's tables: a step summary may have 1 MiB, and a person reads the first page. */
const MAX_ROWS = 500;

/** Characters of a name in a table: one long name would push the other columns out of sight. */
const MAX_CELL = 60;

/** Characters that stand together in a cell of text, where a line cannot break. */
const MAX_WORD = 40;
const LONG_WORD = new RegExp(`\\S{${MAX_WORD + 1},}`, 'g');

/** Characters of a message there; annotations, SARIF and JSON have all of it. */
const MAX_MESSAGE = 240;

interface Placed {
  readonly file: FileReport;
  readonly finding: Finding;
}

export function report({ report: lint, evidence }: LintResult): Report<keyof typeof outputs> {
  const placed = lint.files
    .flatMap((file) => file.findings.map((finding) => ({ file, finding })))
    .toSorted((a, b) => rank(a.finding.severity) - rank(b.finding.severity));
  const headline = headlineOf(lint, placed);
  const counted = placed.filter(({ finding }) => finding.severity !== 'info');
  return {
    passed: lint.passed,
    headline,
    outputs: {
      verdict: lint.verdict,
      findings: String(counted.length),
      evidence: evidence ?? '',
    },
    annotations: placed.slice(0, MAX_ANNOTATIONS).map(annotationOf),
    // A terminal shows no summary, and a step's log no text.
    get summary() {
      return summaryOf(lint, placed, headline);
    },
    get text() {
      return textOf(lint, headline);
    },
    json: toJson(lint),
  };
}

function headlineOf({ files, passed }: LintReport, placed: readonly Placed[]): string {
  if (files.length === 0) return 'no model files and no cards were found';
  const of = (severity: Severity) =>
    placed.filter(({ finding }) => finding.severity === severity).length;
  const unread = files.filter(({ verdict }) => verdict === 'inconclusive').length;
  const parts = [
    of('error') > 0 && count(of('error'), 'error'),
    of('warning') > 0 && count(of('warning'), 'warning'),
    unread > 0 && `${count(unread, 'file')} not read to the end`,
  ].filter((part) => part !== false);
  const found = parts.length > 0 ? parts.join(', ') : 'nothing found';
  return `${passed ? 'passed' : 'failed'}: ${count(files.length, 'file')} linted, ${found}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function annotationOf({ file, finding }: Placed): Annotation {
  const { severity, rule, message, location, line } = finding;
  const where = location && line === undefined ? `${plain(location)}: ` : '';
  return {
    severity: severity === 'info' ? 'notice' : severity,
    title: rule,
    message: `${plain(file.path)}: ${where}${plain(message)}`,
    place: { file: file.path, ...(line !== undefined && { line }) },
  };
}

const SIGNS = { clean: '✅', findings: '⚠️', inconclusive: '❓' } as const;
const MARKS: Readonly<Record<Severity, string>> = { error: '❌', warning: '⚠️', info: 'ℹ️' };

function summaryOf(lint: LintReport, placed: readonly Placed[], headline: string): string {
  const parts = [`### lint-model\n\n${lint.passed ? '✅' : '❌'} ${escapeMarkdown(headline)}`];
  const worst = placed.slice(0, MAX_ANNOTATIONS);
  const others = placed.slice(MAX_ANNOTATIONS, MAX_ROWS);
  if (worst.length > 0) parts.push(findingsTable(worst));
  if (others.length > 0) parts.push(details(`${others.length} more`, findingsTable(others)));
  const files = lint.files.toSorted((a, b) => worstRank(a) - worstRank(b)).slice(0, MAX_ROWS);
  if (files.length > 0) parts.push(details(filesTitle(lint.files), filesTable(files)));
  const left = placed.length + lint.files.length - worst.length - others.length - files.length;
  if (left > 0) parts.push(`${left} more rows are in the JSON of the evidence.`);
  return `${parts.join('\n\n')}\n`;
}

function findingsTable(placed: readonly Placed[]): string {
  return table(
    [{ title: '' }, { title: 'Rule' }, { title: 'File' }, { title: 'Where' }, { title: 'What' }],
    placed.map(({ file, finding }) => [
      MARKS[finding.severity],
      code(finding.rule),
      shownPath(file),
      cell(finding.location, MAX_CELL),
      cell(finding.message, MAX_MESSAGE),
    ]),
  );
}

function cell(text: string, length: number): string {
  const broken = plain(text).replace(LONG_WORD, (word) => shortened(word, MAX_WORD));
  return escapeMarkdown(shortened(broken, length));
}

function filesTitle(files: readonly FileReport[]): string {
  const clean = files.filter(({ verdict }) => verdict === 'clean').length;
  return `${count(files.length, 'file')}, ${clean} of them clean`;
}

function filesTable(files: readonly FileReport[]): string {
  return table(
    [
      { title: 'File' },
      { title: 'Format' },
      { title: 'Verdict' },
      { title: 'Findings', align: 'right' },
    ],
    files.map((file) => [
      shownPath(file),
      file.format,
      `${signOf(file)} ${file.verdict}`,
      String(file.findings.length),
    ]),
  );
}

function shownPath({ path }: FileReport): string {
  return code(shortened(plain(path), MAX_CELL));
}

/** A file whose findings are errors looks like one, whatever its verdict is called. */
function signOf(file: FileReport): string {
  return file.findings.some(({ severity }) => severity === 'error') ? '❌' : SIGNS[file.verdict];
}

/** Findings first, then what was not read, then what is clean. */
function worstRank(file: FileReport): number {
  const [worst] = file.findings;
  return worst ? rank(worst.severity) : file.verdict === 'clean' ? 9 : 3;
}

function textOf(lint: LintReport, headline: string): string {
  const lines: string[] = [];
  for (const file of lint.files) {
    lines.push(`${file.verdict.padEnd(12)}  ${plain(file.path)}  (${file.format})`);
    for (const { severity, rule, message, location } of file.findings) {
      const where = location ? ` [${plain(location)}]` : '';
      lines.push(`  ${severity.padEnd(7)}  ${rule}  ${plain(message)}${where}`);
    }
  }
  return [...lines, ...(lines.length > 0 ? [''] : []), headline].join('\n');
}
