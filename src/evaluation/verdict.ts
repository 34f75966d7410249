import type { GateResult } from './gates.ts';

/**
 * `undecided` is no pass: the data were not enough, or every gate needed a baseline that is not
 * there.
 */
export type Verdict = 'accepted' | 'rejected' | 'undecided';

/** @param breaks changes of the interface that the policy does not allow */
export function verdictOf(gates: readonly GateResult[], breaks: readonly string[] = []): Verdict {
  if (breaks.length > 0) return 'rejected';
  const failed = gates.filter(({ passed }) => passed === false);
  if (failed.some(({ outcome }) => outcome !== 'not-enough-data')) return 'rejected';
  if (failed.length > 0) return 'undecided';
  const decided = gates.length === 0 || gates.some(({ passed }) => passed === true);
  return decided ? 'accepted' : 'undecided';
}
