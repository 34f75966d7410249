import type { LockedStage } from '../project/lock-file.ts';
import type { Stage } from '../project/pipeline-file.ts';

/**
 * What became of a stage. `unchanged` and `frozen` did not run; `restored` came from the cache;
 * `blocked` waited for one that failed; `would-run` is said by a dry run.
 */
export type State =
  'ran' | 'restored' | 'unchanged' | 'frozen' | 'failed' | 'blocked' | 'would-run';

export interface Decision {
  readonly state: State;
  /** Why it ran, or why not. */
  readonly reasons: readonly string[];
}

export interface StageResult extends Decision {
  readonly stage: Stage;
  readonly milliseconds: number;
  readonly locked: LockedStage | undefined;
}
