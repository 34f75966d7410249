import type { Difference } from '../../registry/fetch.ts';
import type { VersionRecord } from '../../registry/records.ts';

export interface VerifyResult {
  readonly verdict: 'verified' | 'refused';
  readonly record: VersionRecord;
  readonly differences: readonly Difference[];
  /** Where the files are now, absolute; undefined where none were put anywhere. */
  readonly path: string | undefined;
}
