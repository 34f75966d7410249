import type { Difference } from '../../registry/fetch.ts';
import { code, escapeMarkdown, table } from '../../report/markdown.ts';
import { bytes, columns, plain } from '../../report/text.ts';
import type { Annotation, Report } from '../../runner/use-case.ts';
import { shortDigest } from '../../store/digest.ts';
import type { VerifyResult } from './result.ts';

export const outputs = {
  verdict: 'verified or refused.',
  digest: 'The root digest of the snapshot.',
  path: 'The folder of the files; empty where none were put anywhere.',
} as const;

export function report(result: VerifyResult): Report<keyof typeof outputs> {
  const { record, differences, verdict } = result;
  const resource = `${record.model}@${record.version}`;
  const passed = verdict === 'verified';
  const size = record.files.reduce((sum, file) => sum + file.size, 0);
  const headline = passed
    ? `${resource} is verified: ${record.files.length} files, ${bytes(size)}, ${record.digest}`
    : `${resource} is refused: ${differences.length === 1 ? 'one part is' : `${differences.length} parts are`} not what was registered`;
  return {
    passed,
    headline,
    outputs: { verdict, digest: record.digest, path: result.path ?? '' },
    annotations: differences.map((found): Annotation => ({
      severity: 'error',
      title: `${resource} is refused`,
      message: `${found.file}: ${found.message}`,
    })),
    summary: summaryOf(resource, headline, result),
    text: [plain(headline), textOf(result)].filter(Boolean).join('\n'),
    json: {
      verdict,
      model: record.model,
      version: record.version,
      digest: record.digest,
      path: result.path ?? null,
      files: record.files,
      differences,
    },
  };
}

function summaryOf(resource: string, headline: string, { differences, path }: VerifyResult) {
  const mark = differences.length === 0 ? '✅' : '❌';
  const title = `### ${mark} ${escapeMarkdown(resource)}\n\n${escapeMarkdown(headline)}\n`;
  if (differences.length === 0) {
    return path === undefined ? title : `${title}\nThe files are in ${code(path)}.\n`;
  }
  const rows = differences.map((found) => [
    code(found.file),
    found.problem,
    code(shortDigest(found.expected)),
    actualOf(found) === '' ? '' : code(actualOf(found)),
  ]);
  const head = ['File', 'Problem', 'Registered', 'Found'].map((name) => ({ title: name }));
  return `${title}\n${table(head, rows)}\n\nNothing was deployed; what was there before is untouched.\n`;
}

function textOf({ differences, path }: VerifyResult): string {
  if (differences.length === 0) return path === undefined ? '' : `  in ${plain(path)}`;
  const rows = differences.map((found) => [
    `  ${plain(found.file)}`,
    found.problem,
    shortDigest(found.expected),
    actualOf(found),
  ]);
  return [
    columns([['  file', 'problem', 'registered', 'found'], ...rows]),
    '  Nothing was deployed; what was there before is untouched.',
  ].join('\n');
}

function actualOf({ actual }: Difference): string {
  return actual === undefined ? '' : shortDigest(actual);
}
