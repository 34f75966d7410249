import { escapeMarkdown } from '../../report/markdown.ts';
import { plain } from '../../report/text.ts';
import type { Report } from '../../runner/use-case.ts';
import type { CommentForkResult } from './run.ts';

export const outputs = {
  outcome: 'created, updated or skipped.',
  'pull-request': 'The number of the pull request; empty where nothing was posted.',
} as const;

export function report(result: CommentForkResult): Report<keyof typeof outputs> {
  const { outcome, pullRequest, reason, markdown } = result;
  return {
    passed: true,
    headline: reason,
    outputs: { outcome, 'pull-request': String(pullRequest ?? '') },
    annotations: [],
    summary: [escapeMarkdown(reason), markdown].filter(Boolean).join('\n\n'),
    text: plain(reason),
    json: { outcome, pullRequest: pullRequest ?? null, reason },
  };
}
