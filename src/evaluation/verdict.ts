import type { DataFinding } from '../data/index.ts';
import type { GateResult } from './gates.ts';

/**
 * `undecided` is no pass: the data were not enough, or every gate needed a baseline that is not
 * there.
 */
export type Verdict = 'accepted' | 'rejected' | 'undecided';

/**
 * @param breaks changes of the interface that the policy does not allow
 * @param findings of the data: what was measured on faulty data says nothing
 */
export function verdictOf(
  gates: readonly GateResult[],
  breaks: readonly string[] = [],
  findings: readonly DataFinding[] = [],
): Verdict {
  if (breaks.length > 0) return 'rejected';
  if (findings.some(({ severity }) => severity === 'error')) return 'rejected';
  const failed = gates.filter(({ passed }) => passed === false);
  if (failed.some(({ outcome }) => outcome !== 'not-enough-data')) return 'rejected';
  if (failed.length > 0) return 'undecided';
  const decided = gates.length === 0 || gates.some(({ passed }) => passed === true);
  return decided ? 'accepted' : 'undecided';
}
