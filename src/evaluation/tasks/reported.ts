import { UserError } from '../../errors.ts';
import { noDetails, type Reading, type Scored, type Task } from './task.ts';

/**
 * Metrics that somebody else computed, of all examples at once: they can be held against limits, and
 * against a baseline only without any word on chance.
 * @throws UserError for a metric that the task does not have.
 */
export function reported(
  { name: task, metrics }: Task,
  given: ReadonlyMap<string, number>,
  examples: number,
  { subject }: Reading,
): Scored {
  const known = metrics.map(({ name }) => name as string);
  const unknown = [...given.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UserError(
      `${subject} gives a metric '${unknown.slice(0, 60)}', which ${task} has not`,
      {
        hint: `It has: ${known.join(', ')}. Set evaluation.task in the policy where the model does something else.`,
      },
    );
  }
  return {
    task,
    pairing: { examples },
    examples,
    divisible: false,
    statistic: (metric) => {
      const value = given.get(metric);
      return value === undefined ? undefined : () => value;
    },
    take: () => {
      throw new Error('metrics of all examples are no metrics of some');
    },
    right: undefined,
    answer: () => undefined,
    details: () => noDetails('metrics'),
  };
}
