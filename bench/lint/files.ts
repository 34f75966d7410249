import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** Every file below a folder whose path matches, relative to it; links are not followed. */
export async function filesBelow(folder: string, pattern: RegExp): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((name) => pattern.test(name))
    .toSorted();
}
