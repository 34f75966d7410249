import { lstat, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, UserError } from '../errors.ts';
import type { LockedPath } from '../project/lock-file.ts';
import { encodedOf } from '../store/digest.ts';
import { hashBytes, hashFile } from '../store/hash.ts';

const EXECUTABLE = 0o100;

/** A file of a folder, as DVC lists it. */
export interface Listed {
  readonly md5: string;
  /** Relative to the folder, forward slashes. */
  readonly relpath: string;
}

/** What stands at a path now; `listing` for a folder. */
export interface Content {
  readonly locked: LockedPath;
  readonly listing: readonly Listed[] | undefined;
}

/**
 * Hashes a file or a folder as DVC does: md5 of the bytes, or md5 of the folder's listing.
 * `name` is the path as the lock writes it. Undefined where nothing is there.
 */
export async function contentOf(absolute: string, name: string): Promise<Content | undefined> {
  const status = await stat(absolute).catch((thrown: unknown) => {
    if (codeOf(thrown) === 'ENOENT' || codeOf(thrown) === 'ENOTDIR') return undefined;
    throw thrown;
  });
  if (!status) return undefined;
  if (status.isDirectory()) return folderContent(absolute, name);
  const { digest, size } = await hashFile(absolute, 'md5');
  const executable = (status.mode & EXECUTABLE) !== 0;
  return {
    locked: { path: name, md5: encodedOf(digest), size, ...(executable && { executable }) },
    listing: undefined,
  };
}

async function folderContent(absolute: string, name: string): Promise<Content> {
  const listing: Listed[] = [];
  let size = 0;
  for (const relpath of await filesBelow(absolute, '')) {
    const hashed = await hashFile(path.join(absolute, relpath), 'md5');
    listing.push({ md5: encodedOf(hashed.digest), relpath });
    size += hashed.size;
  }
  const md5 = `${encodedOf(hashBytes(listingText(listing), 'md5'))}.dir`;
  return { locked: { path: name, md5, size, files: listing.length }, listing };
}

/** Sorted as DVC sorts: by the parts of the path, in code points. */
async function filesBelow(root: string, folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const name of await readdir(path.join(root, folder))) {
    const relpath = path.posix.join(folder, name);
    const status = await lstat(path.join(root, relpath));
    if (status.isDirectory()) files.push(...(await filesBelow(root, relpath)));
    else if (status.isFile()) files.push(relpath);
    else {
      throw new UserError(`${path.join(root, relpath)} is not a regular file`, {
        hint: 'Folders that a pipeline reads or makes hold files and folders only.',
      });
    }
  }
  return files.toSorted((a, b) => Buffer.compare(partsKey(a), partsKey(b)));
}

/** A byte below any other between the parts makes comparing bytes compare part by part. */
function partsKey(relpath: string): Buffer {
  return Buffer.from(relpath.replaceAll('/', '\0'));
}

/** The bytes of a `.dir` object: what Python's `json.dumps(listing, sort_keys=True)` prints. */
export function listingText(listing: readonly Listed[]): string {
  const entries = listing.map(
    ({ md5, relpath }) => `{"md5": ${pythonString(md5)}, "relpath": ${pythonString(relpath)}}`,
  );
  return `[${entries.join(', ')}]`;
}

function pythonString(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
