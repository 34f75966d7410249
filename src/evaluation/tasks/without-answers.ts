import type { TaskName } from '../../project/metric-names.ts';
import { noDetails, type Scored } from './task.ts';

/** A model of whose answers nothing is known, or no more than somebody says. */
export function withoutAnswers(task: TaskName, examples: number, readAs: string): Scored {
  return {
    task,
    pairing: { examples },
    examples,
    divisible: false,
    statistic: () => undefined,
    take: () => {
      throw new Error('without answers there are none to some of the examples');
    },
    beside: () => undefined,
    right: undefined,
    answer: () => undefined,
    details: () => noDetails(readAs),
  };
}
