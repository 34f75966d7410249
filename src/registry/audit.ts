import type { Digest } from '../store/digest.ts';
import type { LedgerState } from './ledger-state.ts';
import { auditDigest, readAuditLine, type AuditLine } from './records.ts';

export type AuditEntry = Omit<AuditLine, 'time' | 'previous'>;

const AUDIT_PATH = /^audit\/\d{4,}-\d{2}\.jsonl$/;

export function auditPaths(state: LedgerState): readonly string[] {
  return state.paths().filter((path) => AUDIT_PATH.test(path));
}

/**
 * The file of the audit trail with one more line, which carries the digest of the line before it.
 * A clock that runs back does not open an earlier month again: lines stay in the order of commits.
 */
export async function appendAudit(
  state: LedgerState,
  entry: AuditEntry,
  now: Date,
): Promise<{ readonly path: string; readonly text: string }> {
  const month = `audit/${now.toISOString().slice(0, 7)}.jsonl`;
  const latest = auditPaths(state).at(-1);
  const path = latest !== undefined && latest > month ? latest : month;
  const [text = '', before = ''] = await state.readAll([path, latest ?? path]);
  const last = linesOf(before).at(-1);
  const line: AuditLine = {
    time: now.toISOString(),
    ...entry,
    previous: last === undefined ? null : auditDigest(last),
  };
  return { path, text: `${text}${JSON.stringify(line)}\n` };
}

/** The whole trail, oldest first, and the first place where the chain does not hold. */
export async function readAudit(state: LedgerState): Promise<{
  readonly lines: readonly AuditLine[];
  readonly brokenAt: { readonly path: string; readonly line: number } | undefined;
}> {
  const paths = auditPaths(state);
  const texts = await state.readAll(paths);
  const lines: AuditLine[] = [];
  let brokenAt: { path: string; line: number } | undefined;
  let previous: Digest | null = null;
  paths.forEach((path, file) => {
    linesOf(texts[file] ?? '').forEach((text, index) => {
      const line = readAuditLine(text, path);
      if (line.previous !== previous) brokenAt ??= { path, line: index + 1 };
      previous = auditDigest(text);
      lines.push(line);
    });
  });
  return { lines, brokenAt };
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter(Boolean);
}
