import type { Stats } from 'node:fs';
import { chmod, utimes } from 'node:fs/promises';
import { encodedOf, type Digest } from './digest.ts';

const NOBODY_WRITES = 0o444;
const ANY_WRITE = 0o222;

/** Times are handed over as floating-point seconds, which are exact to a quarter of a microsecond. */
const TOLERANCE_US = 1;

/**
 * Marks a file that was found to have the bytes of `digest`: nobody may write to it, and the
 * microseconds of its mtime are a number of the digest's. Whoever writes to it nevertheless (root
 * may, through any of its hard links) moves the mtime, and a write goes unnoticed once in a million.
 * So a blob of gigabytes is known to be whole by its `stat`. The atime tells when it was last used.
 */
export async function seal(file: string, digest: Digest): Promise<void> {
  await chmod(file, NOBODY_WRITES);
  // A second ago: a time that is still to come would look like a file under way.
  await stamp(file, Math.floor(Date.now() / 1000) - 1, digest);
}

export function isSealed({ mode, mtimeMs }: Stats, digest: Digest): boolean {
  const micros = Math.round((mtimeMs % 1000) * 1000);
  return (mode & ANY_WRITE) === 0 && Math.abs(micros - microsOf(digest)) <= TOLERANCE_US;
}

/** Marks a sealed blob as used now. */
export async function markUsed(file: string, { mtimeMs }: Stats, digest: Digest): Promise<void> {
  await stamp(file, Math.floor(mtimeMs / 1000), digest);
}

async function stamp(file: string, second: number, digest: Digest): Promise<void> {
  await utimes(file, Date.now() / 1000, second + microsOf(digest) / 1e6);
}

/** 10 to 999,989: away from both ends, where rounding would change the second. */
function microsOf(digest: Digest): number {
  return 10 + (Number.parseInt(encodedOf(digest).slice(0, 8), 16) % 999_980);
}
