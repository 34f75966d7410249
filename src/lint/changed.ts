import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { POLICY_FILE } from '../project/policy.ts';
import type { Target } from './discover.ts';

/** Names of changed files; a pull request of more is linted whole. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * What the merge commit of a pull request changes against its base, relative to the workspace;
 * undefined where Git cannot tell: no merge commit, or a checkout without its parents.
 */
export async function changedFiles(workspace: string): Promise<ReadonlySet<string> | undefined> {
  try {
    await git(workspace, ['rev-parse', '--verify', '--quiet', 'HEAD^2^{commit}']);
    // -z: names come as they are, whatever characters they have.
    const names = await git(workspace, [
      'diff',
      '--name-only',
      '-z',
      '--no-renames',
      '--relative',
      'HEAD^1',
      'HEAD',
    ]);
    return new Set(names.split('\0').filter(Boolean));
  } catch {
    return undefined;
  }
}

async function git(cwd: string, given: readonly string[]): Promise<string> {
  const options = { cwd, maxBuffer: MAX_OUTPUT_BYTES };
  return (await promisify(execFile)('git', given, options)).stdout;
}

/**
 * The targets that a change can have touched: those in whose folder, or below it, anything changed,
 * since a model is its shards, external data and card as well; all of them where the policy changed.
 */
export function touched(targets: readonly Target[], changed: ReadonlySet<string>): Target[] {
  if (changed.has(POLICY_FILE)) return [...targets];
  const folders = new Set<string>();
  for (const name of changed) {
    let folder = name;
    do {
      folder = path.posix.dirname(folder);
      folders.add(folder);
    } while (folder !== '.' && folder !== '/');
  }
  return targets.filter(({ shown }) => folders.has(path.posix.dirname(shown)));
}
