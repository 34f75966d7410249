import { constants } from 'node:fs';
import { copyFile, link, open, rm, type FileHandle } from 'node:fs/promises';
import { codeOf } from '../errors.ts';
import type { Algorithm } from './digest.ts';
import { hashHandle, type Hashed } from './hash.ts';

/**
 * How bytes get from one path to another: a reflink shares blocks until one side is written to, a
 * hard link shares them for ever (so neither side may be edited), a copy shares nothing.
 */
export type Transfer = 'reflink' | 'hardlink' | 'copy';

/** What says that a file system, or this pair of them, cannot make such a link. */
const CANNOT_LINK = new Set([
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'ENOTTY',
  'EINVAL',
  'EXDEV',
  'EPERM',
  'EMLINK',
  'EACCES',
]);

/**
 * Brings `source` to `destination`, which must not exist, in the first of `ways` that works here.
 * Returns the way; a copy is hashed in passing.
 */
export async function transfer(
  source: string,
  destination: string,
  ways: readonly Transfer[],
  algorithm: Algorithm,
): Promise<{ readonly way: Transfer; readonly hashed: Hashed | undefined }> {
  for (const way of ways) {
    if (way !== 'copy' && (await tryLink(source, destination, way))) {
      return { way, hashed: undefined };
    }
  }
  return { way: 'copy', hashed: await copyAndHash(source, destination, algorithm) };
}

/** Tells whether the link was made; false where this file system, or this pair, has none. */
export async function tryLink(
  source: string,
  destination: string,
  way: 'reflink' | 'hardlink',
): Promise<boolean> {
  try {
    if (way === 'hardlink') await link(source, destination);
    else {
      const { COPYFILE_EXCL, COPYFILE_FICLONE_FORCE } = constants;
      await copyFile(source, destination, COPYFILE_EXCL | COPYFILE_FICLONE_FORCE);
    }
    return true;
  } catch (thrown) {
    if (!CANNOT_LINK.has(codeOf(thrown) ?? '')) throw thrown;
    // libuv creates the file before it asks for the clone.
    if (way === 'reflink') await rm(destination, { force: true });
    return false;
  }
}

/**
 * Copies in constant memory and brings the copy to the disk, hashing what was read: whoever knows
 * what it should be sees from the hash whether the source changed meanwhile.
 */
export async function copyAndHash(
  source: string,
  destination: string,
  algorithm: Algorithm,
): Promise<Hashed> {
  const from = await open(source, 'r');
  try {
    return await copyHandle(from, destination, algorithm);
  } finally {
    await from.close();
  }
}

/** `copyAndHash` of a file that is open, from where it stands. */
export async function copyHandle(
  from: FileHandle,
  destination: string,
  algorithm: Algorithm,
): Promise<Hashed> {
  const to = await open(destination, 'wx');
  try {
    const hashed = await hashHandle(from, algorithm, async (piece) => {
      let written = 0;
      while (written < piece.length) {
        written += (await to.write(piece, written)).bytesWritten;
      }
    });
    await to.sync();
    return hashed;
  } finally {
    await to.close();
  }
}
