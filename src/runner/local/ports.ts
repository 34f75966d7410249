import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import type { Artifacts, Cache, Event, Ports } from '../ports.ts';
import { terminalLog } from './log.ts';
import { localPeople } from './people.ts';

/** The ports of a person at a terminal: the folder they stand in, and folders for the rest. */
export function localPorts(options: { readonly quiet: boolean }): Ports {
  const workspace = workspaceOf(process.cwd());
  const home = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache');
  return {
    log: terminalLog(options),
    event: localEvent(workspace),
    workspace,
    temporary: tmpdir(),
    toolCache: process.env.RUNNER_TOOL_CACHE ?? path.join(home, 'model-ci', 'tools'),
    cache: noCache,
    artifacts: folderArtifacts(path.join(workspace, '.model-ci', 'artifacts')),
    people: localPeople(),
    identityToken: undefined,
    releases: undefined,
    attestations: undefined,
    issues: undefined,
    pullRequest: undefined,
    checks: undefined,
    finishedRun: undefined,
  };
}

/** What stands at the top of a repository of models; it need not be the top of the Git one. */
const MARKERS = ['.git', 'dvc.yaml', path.join('.github', 'model-ci.yml')];

/** The nearest folder above with one of the markers; the folder itself where there is none. */
function workspaceOf(folder: string): string {
  for (let above = folder; ; above = path.dirname(above)) {
    if (MARKERS.some((marker) => existsSync(path.join(above, marker)))) return above;
    if (above === path.dirname(above)) return folder;
  }
}

/** At a terminal the files are still where the last command left them. */
const noCache: Cache = {
  restore: () => Promise.resolve(undefined),
  save: () => Promise.resolve(),
};

function folderArtifacts(folder: string): Artifacts {
  return {
    async upload(name, files, root) {
      const target = path.join(folder, name);
      await mkdir(target, { recursive: true });
      for (const file of files) {
        await cp(file, path.join(target, path.relative(root, file)), { recursive: true });
      }
      return target;
    },
  };
}

/** Git is asked when somebody wants to know: its three processes take as long as a lint. */
function localEvent(workspace: string): Event {
  return {
    name: 'local',
    get ref() {
      return git(['symbolic-ref', '-q', 'HEAD']);
    },
    get commit() {
      return git(['rev-parse', '-q', '--verify', 'HEAD']);
    },
    get actor() {
      return git(['config', 'user.name']) || (process.env.USER ?? 'unknown');
    },
    repository: path.basename(workspace),
    url: undefined,
    get onDefaultBranch() {
      return /^refs\/heads\/(main|master)$/.test(this.ref);
    },
  };
}

/** Git's answer, or '' where it has none: no repository, no commit, no Git. */
function git(arguments_: readonly string[]): string {
  try {
    return execFileSync('git', arguments_, { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return '';
  }
}
