import { readFile } from 'node:fs/promises';
import { EnvironmentError } from '../../errors.ts';
import type { Event } from '../ports.ts';

interface Payload {
  readonly pull_request?: { readonly number?: number; readonly head?: { readonly sha?: string } };
  readonly repository?: { readonly default_branch?: string };
  readonly workflow_run?: WorkflowRun;
}

/** What GitHub itself says of the run that ended. */
export interface WorkflowRun {
  readonly id: number;
  readonly event: string;
  readonly html_url: string;
  readonly head_sha: string;
  readonly head_branch: string;
  readonly head_repository: {
    readonly full_name: string;
    readonly owner: { readonly login: string };
  };
}

export interface GitHubEvent {
  readonly event: Event;
  readonly pullRequestNumber: number | undefined;
  readonly workflowRun: WorkflowRun | undefined;
}

/** Reads what the runner tells in variables, and the event's file for what they leave out. */
export async function readEvent(environment: NodeJS.ProcessEnv): Promise<GitHubEvent> {
  const payload = await readPayload(environment.GITHUB_EVENT_PATH);
  const ref = environment.GITHUB_REF ?? '';
  const repository = environment.GITHUB_REPOSITORY ?? '';
  const run = environment.GITHUB_RUN_ID;
  return {
    pullRequestNumber: payload.pull_request?.number,
    workflowRun: payload.workflow_run,
    event: {
      name: eventName(environment.GITHUB_EVENT_NAME ?? '', ref),
      ref,
      // GITHUB_SHA of a pull request is the merge commit that nobody pushed.
      commit: payload.pull_request?.head?.sha ?? environment.GITHUB_SHA ?? '',
      actor: environment.GITHUB_ACTOR ?? '',
      repository,
      url: run && `${environment.GITHUB_SERVER_URL ?? ''}/${repository}/actions/runs/${run}`,
      onDefaultBranch: ref === `refs/heads/${payload.repository?.default_branch ?? 'main'}`,
    },
  };
}

function eventName(name: string, ref: string): Event['name'] {
  if (name === 'push') return ref.startsWith('refs/tags/') ? 'tag' : 'push';
  return name === 'pull_request' || name === 'pull_request_target' ? 'pull_request' : 'other';
}

async function readPayload(file: string | undefined): Promise<Payload> {
  if (!file) return {};
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Payload;
  } catch (cause) {
    throw new EnvironmentError(`the event file ${file} cannot be read`, {
      hint: 'GITHUB_EVENT_PATH must name the JSON file that the runner writes.',
      cause,
    });
  }
}
