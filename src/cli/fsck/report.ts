import type { FsckResult } from '../../registry/fsck.ts';
import type { Problem } from '../../registry/problem.ts';
import { escapeMarkdown, table } from '../../report/markdown.ts';
import { bytes, columns, plain } from '../../report/text.ts';
import type { Annotation, Report } from '../../runner/use-case.ts';

export const outputs = {
  problems: 'How many problems break a promise of the registry.',
} as const;

export function report(result: FsckResult): Report<keyof typeof outputs> {
  const { problems, versions, blobs, pruned } = result;
  const errors = problems.filter(({ severity }) => severity === 'error');
  const checked = `${versions} ${versions === 1 ? 'version' : 'versions'} and ${blobs} blobs (${bytes(result.bytes)})`;
  const headline =
    errors.length === 0
      ? `${checked} are sound`
      : `${errors.length} ${errors.length === 1 ? 'problem' : 'problems'} among ${checked}`;
  const removed = pruned
    ? `pruned ${pruned.blobs} blobs (${bytes(pruned.bytes)})`
    : pruneAdvice(problems);
  const finished =
    result.finished.length > 0 ? `finished the registration of ${result.finished.join(', ')}` : '';
  const rows = problems.map((found) => [found.kind, found.resource, found.message]);
  return {
    passed: errors.length === 0,
    headline,
    outputs: { problems: String(errors.length) },
    annotations: problems.map((found): Annotation => ({
      severity: found.severity,
      title: `${found.kind}: ${found.resource}`,
      message: found.message,
    })),
    summary: [
      `### ${errors.length === 0 ? '✅' : '❌'} ${escapeMarkdown(headline)}`,
      problems.length > 0 &&
        table(
          ['Problem', 'Resource', 'What'].map((title) => ({ title })),
          rows.map((cells) => cells.map(escapeMarkdown)),
        ),
      escapeMarkdown(finished),
      escapeMarkdown(removed),
      escapeMarkdown(result.caveat ?? ''),
    ]
      .filter(Boolean)
      .join('\n\n'),
    text: [
      headline,
      columns(rows.map((cells) => cells.map((cell) => `  ${plain(cell)}`))),
      plain(finished),
      removed,
      result.caveat ?? '',
    ]
      .filter(Boolean)
      .join('\n'),
    json: result,
  };
}

function pruneAdvice(problems: readonly Problem[]): string {
  const idle = problems.some(({ kind }) => kind === 'orphan' || kind === 'interrupted');
  return idle ? 'model-ci fsck --prune removes what no version needs.' : '';
}
