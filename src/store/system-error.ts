import { codeOf, EnvironmentError } from '../errors.ts';

/** What the operating system says when a place cannot be used, and what to do about it. */
const REASONS: Readonly<Record<string, readonly [string, string]>> = {
  EACCES: ['it may not be written or read', 'Give this user access to it.'],
  EPERM: ['it may not be written or read', 'Give this user access to it.'],
  EROFS: ['it is mounted read-only', 'Mount it so that it can be written.'],
  ENOSPC: ['the disk is full', 'Make room; model-ci fsck --prune removes what no version needs.'],
  EDQUOT: [
    'the quota is used up',
    'Make room; model-ci fsck --prune removes what no version needs.',
  ],
  EIO: ['the disk does not answer as it should', 'Look at the disk or the mount.'],
  ESTALE: ['the mount went away', 'Mount it again.'],
  ENOTDIR: ['a part of its path is a file', 'Name a folder, or one that is not there yet.'],
  EMFILE: ['too many files are open', 'Raise the limit (ulimit -n).'],
  ENFILE: ['too many files are open', 'Raise the limit of the machine.'],
};

/** Runs `body`; what the operating system has against `place` becomes a sentence. */
export async function using<T>(place: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (thrown) {
    const [reason, hint] = REASONS[codeOf(thrown) ?? ''] ?? [];
    if (reason === undefined || hint === undefined) throw thrown;
    const file = thrown instanceof Error && 'path' in thrown ? String(thrown.path) : place;
    throw new EnvironmentError(`${file} cannot be used: ${reason}`, { hint, cause: thrown });
  }
}
