import { EnvironmentError, UserError } from '../../errors.ts';
import { unverifiedReport } from '../../evaluation/report/unverified.ts';
import type { InputValues } from '../../runner/inputs.ts';
import type { Ports } from '../../runner/ports.ts';
import type { inputs as specs } from './inputs.ts';
import { MAX_ARTIFACT_BYTES, reportedEvaluation } from './reported-evaluation.ts';

export interface CommentForkResult {
  /** Where the comment is; undefined where none was made. */
  readonly pullRequest: number | undefined;
  readonly outcome: 'created' | 'updated' | 'skipped';
  /** Why, as a sentence. */
  readonly reason: string;
  /** What was posted; empty where nothing was. */
  readonly markdown: string;
}

/** Runs with a token that may write, so nothing of the fork is checked out, run or believed. */
export async function run(
  inputs: InputValues<typeof specs>,
  { finishedRun }: Ports,
): Promise<CommentForkResult> {
  if (!finishedRun) {
    throw new UserError('comment-fork has no workflow run to report on', {
      hint: 'Use it in a workflow that runs on: workflow_run; see docs/evaluation.md.',
    });
  }
  if (finishedRun.event !== 'pull_request' || !finishedRun.fromFork) {
    return skipped('The run is not of a pull request from a fork; it comments by itself.');
  }
  const name = inputs['artifact-name'];
  const artifact = await finishedRun.artifact(name, MAX_ARTIFACT_BYTES);
  if (!artifact) return skipped(`The run left no artifact ${name}.`);
  const pullRequest = await finishedRun.pullRequest();
  if (!pullRequest) return skipped('The pull request has moved on or was closed.');
  const markdown = unverifiedReport(reportedEvaluation(artifact), finishedRun.url);
  // Named by what this workflow says: a name out of the artifact could be that of another comment.
  const outcome = await pullRequest.comment(`model-ci-fork-${name}`, markdown);
  if (outcome === 'forbidden') {
    throw new EnvironmentError(`pull request ${pullRequest.number} cannot be commented on`, {
      hint: 'Give the job the permission pull-requests: write.',
    });
  }
  const reason = `The comment on pull request ${pullRequest.number} was ${outcome}.`;
  return { pullRequest: pullRequest.number, outcome, reason, markdown };
}

function skipped(reason: string): CommentForkResult {
  return { pullRequest: undefined, outcome: 'skipped', reason, markdown: '' };
}
