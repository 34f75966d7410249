import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const PATIENCE_MS = 20_000;

/** A person looks at these; more say no more than that they are many. */
const MAX_NAMED = 100;

/**
 * Paths of files in Git that differ from the commit: where there are any, the commit alone does not
 * say what was run. Undefined where there is no Git repository, or no Git.
 */
export async function changedSinceCommit(
  workspace: string,
): Promise<readonly string[] | undefined> {
  try {
    const { stdout } = await promisify(execFile)(
      'git',
      [
        '--no-optional-locks',
        'status',
        '--porcelain',
        '-z',
        '--no-renames',
        '--untracked-files=no',
      ],
      { cwd: workspace, timeout: PATIENCE_MS, maxBuffer: 64 * 1024 * 1024 },
    );
    const entries = stdout.split('\0').filter(Boolean);
    return entries.slice(0, MAX_NAMED).map((entry) => entry.slice(3));
  } catch {
    return undefined;
  }
}
