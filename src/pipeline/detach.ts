import { randomUUID } from 'node:crypto';
import { chmod, copyFile, lstat, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../errors.ts';

/** Makes files that are hard links to the cache into files of their own, which may be written to. */
export async function detach(file: string): Promise<void> {
  const status = await lstat(file).catch((thrown: unknown) => {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  });
  if (status?.isDirectory()) {
    for (const name of await readdir(file)) await detach(path.join(file, name));
  } else if (status?.isFile() && status.nlink > 1) {
    const copy = `${file}.${randomUUID()}`;
    try {
      await copyFile(file, copy);
      await chmod(copy, status.mode | 0o200);
      await rename(copy, file);
    } finally {
      await rm(copy, { force: true });
    }
  }
}
