import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { encodedOf } from '../../store/digest.ts';
import { hashFile } from '../../store/hash.ts';

/** Files that pin the packages of an environment. */
const LOCK_FILES = [
  'uv.lock',
  'poetry.lock',
  'Pipfile.lock',
  'pdm.lock',
  'conda-lock.yml',
  'requirements.txt',
  'environment.yml',
  'package-lock.json',
] as const;

const PATIENCE_MS = 20_000;

export interface Packages {
  /** Lock file -> sha256. */
  readonly lockFiles: Readonly<Record<string, string>>;
  /** What `pip freeze` lists; undefined where it was not asked, or does not answer. */
  readonly pip: readonly string[] | undefined;
}

/** What the stages could import. `ask`: whether Python is asked, which takes a second. */
export async function packagesOf(
  workspace: string,
  { ask }: { readonly ask: boolean },
): Promise<Packages> {
  const lockFiles: Record<string, string> = {};
  for (const name of LOCK_FILES) {
    const hashed = await hashFile(path.join(workspace, name)).catch(() => undefined);
    if (hashed) lockFiles[name] = encodedOf(hashed.digest);
  }
  return { lockFiles, pip: ask ? await pipFreeze(workspace) : undefined };
}

async function pipFreeze(workspace: string): Promise<readonly string[] | undefined> {
  try {
    const { stdout } = await promisify(execFile)(
      'python3',
      ['-m', 'pip', 'freeze', '--disable-pip-version-check'],
      { cwd: workspace, timeout: PATIENCE_MS, killSignal: 'SIGKILL' },
    );
    return stdout.split(/\r?\n/).filter(Boolean);
  } catch {
    return undefined;
  }
}
