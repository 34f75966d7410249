import { EnvironmentError, UserError } from '../../errors.ts';
import { bytes } from '../../report/text.ts';
import type { FinishedRun } from '../ports.ts';
import { isForbidden, refusal, restOf, type Access } from './access.ts';
import type { WorkflowRun } from './event.ts';
import { githubPullRequest } from './pull-request.ts';

/** The run that a `workflow_run` event tells of, asked through the REST API. */
export function githubFinishedRun(run: WorkflowRun, access: Access): FinishedRun {
  return {
    event: run.event,
    fromFork: run.head_repository.full_name !== access.repository,
    url: run.html_url,
    async pullRequest() {
      const { rest, paginate, where } = await restOf(access);
      const head = `${run.head_repository.owner.login}:${run.head_branch}`;
      const open = await paginate(rest.pulls.list, {
        ...where,
        state: 'open',
        head,
        per_page: 100,
      }).catch((thrown: unknown) => {
        throw refusal('the pull requests cannot be read', 'pull-requests: write', thrown);
      });
      const pull = open.find((candidate) => candidate.head.sha === run.head_sha);
      return pull && githubPullRequest(pull.number, access);
    },
    async artifact(name, limit) {
      const { rest, where } = await restOf(access);
      try {
        const { data } = await rest.actions.listWorkflowRunArtifacts({
          ...where,
          run_id: run.id,
          name,
        });
        const [found] = data.artifacts.filter((artifact) => !artifact.expired);
        if (!found) return undefined;
        if (found.size_in_bytes > limit) throw tooLarge(name, found.size_in_bytes, limit);
        const { data: zip } = await rest.actions.downloadArtifact({
          ...where,
          artifact_id: found.id,
          archive_format: 'zip',
        });
        return new Uint8Array(zip as ArrayBuffer);
      } catch (thrown) {
        if (thrown instanceof UserError) throw thrown;
        const what = `the artifact ${name} of run ${run.id} cannot be read`;
        if (isForbidden(thrown)) throw refusal(what, 'actions: read', thrown);
        throw new EnvironmentError(what, { hint: 'Run the job again.', cause: thrown });
      }
    },
  };
}

function tooLarge(name: string, size: number, limit: number): UserError {
  return new UserError(
    `the artifact ${name} has ${bytes(size)}, and at most ${bytes(limit)} are read`,
    {
      hint: 'The reports of an evaluation are smaller: look at the run before you trust it.',
    },
  );
}
