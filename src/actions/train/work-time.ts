import type { State } from '../../pipeline/stage-result.ts';
import { duration } from '../../report/text.ts';

/** How long a stage worked, for a person; nothing where there was nothing to do. */
export function workTime(state: State, milliseconds: number): string {
  return state === 'ran' || state === 'restored' || state === 'failed'
    ? duration(milliseconds)
    : '';
}
