import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseCommand, parseFileCommand, type Command } from './workflow-commands.ts';

export interface Step {
  /** What `main:` names, and what Node needs before it. */
  readonly entry: readonly string[];
  /** The checked-out repository. */
  readonly workspace: string;
  /** RUNNER_TEMP and the file commands lie here. */
  readonly temporary: string;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly event?: { readonly name: string; readonly ref: string; readonly payload?: unknown };
  readonly repository?: string;
  readonly sha?: string;
  /** Where the stand-ins are, and whatever else the job sets. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface StepResult {
  readonly exitCode: number | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  /** Markdown. */
  readonly summary: string;
  /** Commands that the runner would have obeyed, in order: annotations, masks, groups. */
  readonly commands: readonly Command[];
  /** Everything that was printed, commands included. */
  readonly log: string;
}

/** Annotations of one level, out of the commands. */
export function annotations(result: StepResult, level: 'error' | 'warning' | 'notice') {
  return result.commands.filter(({ name }) => name === level);
}

/** Runs a JavaScript action as the runner does: a process, variables and files, nothing else. */
export async function runStep(step: Step): Promise<StepResult> {
  await mkdir(step.temporary, { recursive: true });
  const file = (name: string) => path.join(step.temporary, `${name}.file-command`);
  const files = ['output', 'state', 'summary', 'env', 'path'];
  await Promise.all(files.map((name) => writeFile(file(name), '')));
  const eventFile = path.join(step.temporary, 'event.json');
  await writeFile(eventFile, JSON.stringify(step.event?.payload ?? {}));

  const child = spawn(process.execPath, [...step.entry], {
    cwd: step.workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...runnerEnvironment(step),
      GITHUB_EVENT_PATH: eventFile,
      GITHUB_OUTPUT: file('output'),
      GITHUB_STATE: file('state'),
      GITHUB_STEP_SUMMARY: file('summary'),
      GITHUB_ENV: file('env'),
      GITHUB_PATH: file('path'),
    },
  });
  let log = '';
  const hear = (chunk: string) => {
    log += chunk;
  };
  child.stdout.setEncoding('utf8').on('data', hear);
  child.stderr.setEncoding('utf8').on('data', hear);
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    exitCode,
    outputs: parseFileCommand(await readFile(file('output'), 'utf8')),
    state: parseFileCommand(await readFile(file('state'), 'utf8')),
    summary: await readFile(file('summary'), 'utf8'),
    commands: log.split(/\r\n|\r|\n/).flatMap((line) => parseCommand(line) ?? []),
    log,
  };
}

function runnerEnvironment(step: Step): Record<string, string> {
  const { name, ref } = step.event ?? { name: 'push', ref: 'refs/heads/main' };
  const inputs = Object.entries(step.inputs ?? {}).map(([input, value]): [string, string] => [
    `INPUT_${input.replaceAll(' ', '_').toUpperCase()}`,
    value,
  ]);
  return {
    PATH: process.env.PATH ?? '',
    HOME: step.temporary,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: 'octocat',
    // Any other host counts as an enterprise server, whose cache and artifacts work otherwise.
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_API_URL: 'https://api.github.com',
    GITHUB_EVENT_NAME: name,
    GITHUB_JOB: 'job-1',
    GITHUB_REF: ref,
    GITHUB_REF_NAME: ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    GITHUB_REF_TYPE: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    GITHUB_REPOSITORY: step.repository ?? 'acme/digits',
    GITHUB_RETENTION_DAYS: '90',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: '1',
    GITHUB_SHA: step.sha ?? '0'.repeat(40),
    GITHUB_WORKFLOW: 'model',
    GITHUB_WORKSPACE: step.workspace,
    RUNNER_ARCH: 'X64',
    RUNNER_OS: 'Linux',
    RUNNER_TEMP: step.temporary,
    RUNNER_TOOL_CACHE: path.join(step.temporary, 'tools'),
    ...Object.fromEntries(inputs),
    ...step.environment,
  };
}
