import { UserError } from '../../errors.ts';
import type { Reading, Scored, Task } from './task.ts';
import { withoutAnswers } from './without-answers.ts';

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
    ...withoutAnswers(task, examples, 'metrics'),
    statistic: (metric) => {
      const value = given.get(metric);
      return value === undefined ? undefined : () => value;
    },
  };
}
