import * as core from '@actions/core';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Ports } from '../ports.ts';
import { githubArtifacts } from './artifacts.ts';
import { githubCache } from './cache.ts';
import type { Access } from './access.ts';
import { githubAttestations } from './attestations.ts';
import { githubChecks } from './check-run.ts';
import { readEvent } from './event.ts';
import { githubFinishedRun } from './finished-run.ts';
import { githubIssues } from './issues.ts';
import { githubLog } from './log.ts';
import { githubPeople } from './people.ts';
import { githubPullRequest } from './pull-request.ts';
import { githubReleases } from './releases.ts';

/** The ports of a step on a GitHub runner, hosted or self-hosted. */
export async function githubPorts(): Promise<Ports> {
  const log = githubLog();
  const workspace = process.env.GITHUB_WORKSPACE ?? process.cwd();
  const { event, pullRequestNumber, workflowRun } = await readEvent(process.env);
  const access: Access = { token: token(), repository: event.repository };
  return {
    log,
    event,
    workspace: path.resolve(workspace),
    temporary: process.env.RUNNER_TEMP ?? tmpdir(),
    toolCache: process.env.RUNNER_TOOL_CACHE ?? path.join(tmpdir(), 'model-ci-tools'),
    cache: githubCache(log),
    artifacts: githubArtifacts(),
    people: githubPeople({
      access,
      membersToken: core.getInput('members-token'),
      run: process.env.GITHUB_RUN_ID ?? '',
    }),
    // GitHub sets it where the job has the permission id-token: write.
    identityToken: process.env.ACTIONS_ID_TOKEN_REQUEST_URL
      ? (audience) => core.getIDToken(audience)
      : undefined,
    releases: githubReleases(access),
    attestations: githubAttestations(access),
    issues: githubIssues(access),
    pullRequest:
      pullRequestNumber === undefined ? undefined : githubPullRequest(pullRequestNumber, access),
    checks: githubChecks({ ...access, ...event }),
    finishedRun: workflowRun && githubFinishedRun(workflowRun, access),
  };
}

/** Composite steps pass `github-token`; `GITHUB_TOKEN` serves a workflow that sets it by `env`. */
function token(): string {
  const input = core.getInput('github-token');
  const given = input === '' ? (process.env.GITHUB_TOKEN ?? '') : input;
  if (given) core.setSecret(given);
  return given;
}
