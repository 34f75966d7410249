import type { Difference } from './fetch.ts';

export type ProblemKind =
  /** In the ledger, and none of its bytes in the store. */
  | 'ghost'
  /** What a version has in the store is not what was registered. */
  | Difference['problem']
  | 'moved-tag'
  | 'missing-tag'
  | 'unregistered-tag'
  | 'broken-audit'
  /** The store does not know that a version needs its blobs. */
  | 'unpinned'
  /** The name that others pull a version by is not there, or names something else. */
  | 'not-offered'
  | 'moved-offer'
  /** The policy does not let whoever asked repair or prune. */
  | 'refused'
  /** A registration that ended before its push. */
  | 'interrupted'
  /** A blob that no version needs. */
  | 'orphan';

export interface Problem {
  readonly kind: ProblemKind;
  /** Errors break a promise; warnings want a look; notices only take room. */
  readonly severity: 'error' | 'warning' | 'notice';
  readonly resource: string;
  readonly message: string;
}
