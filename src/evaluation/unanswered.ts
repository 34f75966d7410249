import type { Subject } from './evaluation.ts';
import type { Answered } from './examination.ts';
import { withoutAnswers } from './tasks/without-answers.ts';
import type { Task } from './tasks/task.ts';

/** A model that gave no answers, and why. */
export function unanswered(
  subject: Subject,
  { name }: Task,
  { examples, why }: { readonly examples: number; readonly why: string },
): Answered {
  return {
    subject,
    scored: withoutAnswers(name, examples, 'nothing'),
    inference: { by: 'none', why },
  };
}
