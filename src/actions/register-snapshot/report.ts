import type { Refusal, Registration } from '../../registry/register.ts';
import type { VersionRecord } from '../../registry/records.ts';
import { code, escapeMarkdown, table } from '../../report/markdown.ts';
import { bytes, columns, plain } from '../../report/text.ts';
import type { Annotation, Report } from '../../runner/use-case.ts';
import { shortDigest } from '../../store/digest.ts';
import type { RegisterResult } from './run.ts';

export const outputs = {
  version: 'The version, such as digits@v1.2.0.',
  digest: 'The root digest of the snapshot, such as sha256:1f0c...',
  'ledger-commit':
    'The commit of the ledger that has the version; empty where nothing was registered.',
  status: 'registered, already-registered, conflict or refused.',
} as const;

type Output = keyof typeof outputs;

export function report({ resource, outcome }: RegisterResult): Report<Output> {
  const passed = outcome.status === 'registered' || outcome.status === 'already-registered';
  const headline = headlineOf(resource, outcome);
  const reasons = reasonsOf(outcome);
  const annotations: Annotation[] = reasons.map((message) => ({
    severity: 'error',
    title: `${resource} was not registered`,
    message,
  }));
  return {
    passed,
    headline,
    outputs: {
      version: resource,
      digest: digestOf(outcome),
      'ledger-commit': 'ledgerCommit' in outcome ? outcome.ledgerCommit : '',
      status: outcome.status,
    },
    annotations,
    summary: summaryOf(resource, outcome, headline, reasons),
    text: [plain(headline), ...reasons.map((reason) => `  ${plain(reason)}`), textOf(outcome)]
      .filter(Boolean)
      .join('\n'),
    json: { resource, ...outcome },
  };
}

function headlineOf(resource: string, outcome: Registration): string {
  switch (outcome.status) {
    case 'registered':
      return `${resource} is registered: ${outcome.record.digest}`;
    case 'already-registered':
      return `${resource} was registered before, with the same bytes: ${outcome.record.digest}`;
    case 'conflict':
      return `${resource} is taken and was not changed`;
    case 'refused':
      return `${resource} was not registered: the evidence does not allow it`;
  }
}

function digestOf(outcome: Registration): string {
  if (outcome.status === 'refused') return outcome.digest;
  return outcome.status === 'conflict' ? outcome.existing.digest : outcome.record.digest;
}

function reasonsOf(outcome: Registration): readonly string[] {
  if (outcome.status === 'refused') {
    return outcome.reasons.map((refusal) => refusalText(refusal, outcome.digest));
  }
  return outcome.status === 'conflict' ? conflictText(outcome.existing, outcome.candidate) : [];
}

function refusalText({ kind, problem, file, found }: Refusal, digest: string): string {
  const from = file === undefined ? '' : ` (${file})`;
  switch (problem) {
    case 'missing':
      return `the policy requires ${kind} evidence, and there is none`;
    case 'other-model':
      return `the ${kind} evidence${from} says nothing about this model`;
    case 'other-bytes':
      return `the ${kind} evidence${from} speaks of ${found ?? 'nothing'}, and the model is ${digest}: run it again on these files`;
    case 'failed':
      return `the ${kind} evidence${from} says that the model did not pass`;
  }
}

function conflictText(existing: VersionRecord, candidate: VersionRecord): readonly string[] {
  const side = ({ digest, source, registered }: VersionRecord) =>
    `${digest} of commit ${source.commit.slice(0, 12)} by ${registered.by} at ${registered.at}`;
  const advice =
    existing.manifest === candidate.manifest
      ? 'The bytes are the same, the commit is not: the tag was moved. Take the next version.'
      : 'A version never changes: take the next one.';
  return [
    `registered: ${side(existing)}`,
    `now given: ${side(candidate)}`,
    ...changedFiles(existing, candidate),
    advice,
  ];
}

const MAX_FILES = 20;

function changedFiles(existing: VersionRecord, candidate: VersionRecord): readonly string[] {
  const before = new Map(existing.files.map(({ name, digest }) => [name, digest]));
  const after = new Map(candidate.files.map(({ name, digest }) => [name, digest]));
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const changes = names.filter((name) => before.get(name) !== after.get(name));
  const lines = changes.slice(0, MAX_FILES).map((name) => {
    const short = (digest: string | undefined) => (digest ? shortDigest(digest) : 'not there');
    return `${name}: ${short(before.get(name))} registered, ${short(after.get(name))} now`;
  });
  return changes.length > MAX_FILES ? [...lines, `and ${changes.length - MAX_FILES} more`] : lines;
}

function summaryOf(
  resource: string,
  outcome: Registration,
  headline: string,
  reasons: readonly string[],
): string {
  const mark = reasons.length === 0 ? '✅' : '❌';
  const title = `### ${mark} ${escapeMarkdown(resource)}\n\n${escapeMarkdown(headline)}\n`;
  const list = reasons.map((reason) => `- ${escapeMarkdown(reason)}`).join('\n');
  if (!('record' in outcome)) return `${title}\n${list}\n`;
  const rows = rowsOf(outcome.record).map(([name, value]) => [name, code(value)]);
  return `${title}\n${table([{ title: 'What' }, { title: 'Value' }], rows)}\n`;
}

function textOf(outcome: Registration): string {
  if (!('record' in outcome)) return '';
  const rows = rowsOf(outcome.record).map(([name, value]) => [`  ${name}`, plain(value)]);
  return columns(rows);
}

function rowsOf(record: VersionRecord): readonly (readonly [string, string])[] {
  const size = record.files.reduce((sum, file) => sum + file.size, 0);
  return [
    ['snapshot', record.digest],
    ['files', `${record.files.length}, ${bytes(size)}`],
    ['commit', record.source.commit],
    ['evidence', record.evidence.map(({ kind }) => kind).join(', ') || 'none'],
    ['registered', `${record.registered.at} by ${record.registered.by}`],
  ];
}
