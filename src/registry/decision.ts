import type { AuditEntry } from './audit.ts';
import type { Ledger } from './ledger.ts';
import type { Problem } from './problem.ts';

/** Who wants something done, and why the policy does not let them; no reasons where it does. */
export interface Mandate {
  readonly by: string;
  readonly run: string | undefined;
  readonly refusals: readonly string[];
}

/** A line of the audit trail, for a decision that changes nothing else in the ledger. */
export async function writeDecision(
  ledger: Ledger,
  entry: AuditEntry,
  message: string,
): Promise<void> {
  await ledger.transact(() =>
    Promise.resolve({ result: undefined, write: { changes: [], entry, message: `${message}\n` } }),
  );
}

/** The refusal of a mandate, which is then on record; undefined where the policy lets it. */
export async function refusalOf(
  ledger: Ledger,
  { by, run, refusals }: Mandate,
  { action, resource }: Pick<AuditEntry, 'action' | 'resource'>,
): Promise<Problem | undefined> {
  if (refusals.length === 0) return undefined;
  const reason = refusals.join('; ');
  const entry = { user: by, action, resource, reason, ...(run !== undefined && { run }) };
  await writeDecision(ledger, { ...entry, result: 'refused' }, `Refuse to ${action} ${resource}`);
  return { kind: 'refused', severity: 'error', resource, message: reason };
}
