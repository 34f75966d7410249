import type { UseCase } from '../../runner/use-case.ts';
import { inputs } from './inputs.ts';
import { outputs, report } from './report.ts';
import { run, type CommentForkResult } from './run.ts';

export const commentFork: UseCase<typeof inputs, CommentForkResult, keyof typeof outputs> = {
  name: 'comment-fork',
  description:
    "Comment on a fork's pull request with what its evaluation reported, in a second workflow that runs nothing of the fork.",
  inputs,
  outputs,
  run,
  report,
};
