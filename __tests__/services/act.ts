import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WorkflowRun } from './workflow-run.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const act = path.join(root, '.peers', 'act', 'bin', 'act');

export interface WorkflowOptions {
  /** A clone whose HEAD is the commit of the event; act reads the workflow and the commit there. */
  readonly repository: string;
  /** Relative to the repository. */
  readonly workflow: string;
  readonly event: { readonly name: string; readonly payload: unknown };
  /** Folders instead of repositories, by what `uses:` names: `owner/name@ref`. */
  readonly actions: Readonly<Record<string, string>>;
  /** The job's token. */
  readonly token: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  /** act's own folder; empty at first, or kept from an earlier run. */
  readonly home: string;
}

/** Runs a workflow from its YAML to its end, each job on this machine without a container. */
export async function runWorkflow(options: WorkflowOptions): Promise<WorkflowRun> {
  if (!existsSync(act)) throw new Error('act is missing: run scripts/peers/act.sh first');
  await mkdir(options.home, { recursive: true });
  const event = path.join(options.home, 'event.json');
  await writeFile(event, JSON.stringify(options.event.payload));
  const child = spawn(act, commandLine(options, event), {
    cwd: options.repository,
    env: {
      PATH: `${path.dirname(process.execPath)}:${process.env.PATH ?? ''}`,
      HOME: options.home,
      XDG_CACHE_HOME: path.join(options.home, 'cache'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run = new WorkflowRun();
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      run.add(line);
    });
  }
  run.exitCode = await new Promise((resolve) => child.on('close', resolve));
  return run;
}

function commandLine(options: WorkflowOptions, event: string): string[] {
  const pairs = (flag: string, values: Readonly<Record<string, string>> = {}) =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  return [
    options.event.name,
    '--json',
    '--workflows',
    options.workflow,
    '--eventpath',
    event,
    ...pairs('--platform', { 'ubuntu-latest': '-self-hosted', 'self-hosted': '-self-hosted' }),
    ...pairs('--local-repository', options.actions),
    ...pairs('--var', options.variables),
    ...pairs('--secret', { GITHUB_TOKEN: options.token }),
    ...pairs('--env', options.environment),
    // It speaks the cache's first version; the stand-in speaks the one in use.
    '--no-cache-server',
    // Else act copies the working tree, and nobody checks anything out.
    '--no-skip-checkout',
    '--actor',
    'octocat',
    '--rm',
  ];
}

/**
 * Copies the actions of this repository for a runner that does not know `$/`: such a reference
 * becomes one to the same repository and ref by name.
 */
export async function copyActions(target: string, name: string): Promise<void> {
  for (const part of ['actions', 'dist']) {
    await cp(path.join(root, part), path.join(target, part), { recursive: true });
  }
  const [repository = '', ref = ''] = name.split('@');
  const composite = await readFile(path.join(root, 'action.yml'), 'utf8');
  const rewritten = composite.replace(/uses: \$\/(\S+)/g, `uses: ${repository}/$1@${ref}`);
  await writeFile(path.join(target, 'action.yml'), rewritten);
}
