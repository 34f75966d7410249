import type { BigIntStats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, UserError } from '../errors.ts';
import type { LockedPath } from '../project/lock-file.ts';
import { byCodePoints } from '../project/value.ts';
import { encodedOf } from '../store/digest.ts';
import { hashBytes } from '../store/hash.ts';
import { HashCache } from '../store/hash-cache.ts';
import { mapInParallel } from './parallel.ts';
import { IGNORE_FILE, IgnoreRules } from './ignore.ts';
import { pythonJson } from './python-json.ts';

const EXECUTABLE = 0o100n;

/** Where hashes are remembered, relative to the workspace. */
const HASHES_FILE = '.model-ci/hashes';

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

/** Hashes files and folders as DVC does: md5 of the bytes, or md5 of the folder's listing. */
export class Contents {
  readonly #hashes: HashCache;
  readonly #ignored: IgnoreRules;
  /** By absolute path. */
  readonly #expected = new Map<string, LockedPath>();

  private constructor(hashes: HashCache, ignored: IgnoreRules) {
    this.#hashes = hashes;
    this.#ignored = ignored;
  }

  static async open(workspace: string): Promise<Contents> {
    const file = path.join(workspace, HASHES_FILE);
    const hashes = await HashCache.open({
      file,
      root: workspace,
      algorithm: 'md5',
      linked: true,
    });
    return new Contents(hashes, new IgnoreRules(workspace));
  }

  /** Remembers the hashes of this run for the next one. */
  async save(): Promise<void> {
    await this.#hashes.save();
  }

  /** Takes the word of whoever has just written a file with that md5. */
  async remember(absolute: string, md5: string): Promise<void> {
    const status = await statOrUndefined(absolute);
    if (status) this.#hashes.learn(absolute, status, md5);
  }

  /** Tells what will stand at a path, where nothing stands now, once somebody needs it. */
  expect(absolute: string, locked: LockedPath): void {
    this.#expected.set(absolute, locked);
  }

  /** `name` is the path as the lock writes it. Undefined where nothing is there. */
  async of(absolute: string, name: string): Promise<Content | undefined> {
    const status = await statOrUndefined(absolute);
    if (!status) {
      const expected = this.#expected.get(absolute);
      return expected && { locked: { ...expected, path: name }, listing: undefined };
    }
    if (status.isDirectory()) return this.#folder(absolute, name);
    const md5 = await this.#hashes.hashOf(absolute, status);
    const executable = (status.mode & EXECUTABLE) !== 0n;
    const size = Number(status.size);
    return {
      locked: { path: name, md5, size, ...(executable && { executable }) },
      listing: undefined,
    };
  }

  async #folder(absolute: string, name: string): Promise<Content> {
    const files = (await this.#filesBelow(absolute, '')).toSorted(byCodePoints);
    const listing: Listed[] = [];
    let size = 0n;
    const hashed = await mapInParallel(files, (relpath) => this.#listed(absolute, relpath));
    for (const { listed, status } of hashed) {
      listing.push(listed);
      size += status.size;
    }
    const md5 = `${encodedOf(hashBytes(listingText(listing), 'md5'))}.dir`;
    return { locked: { path: name, md5, size: Number(size), files: listing.length }, listing };
  }

  async #listed(
    folder: string,
    relpath: string,
  ): Promise<{ readonly listed: Listed; readonly status: BigIntStats }> {
    const file = path.join(folder, relpath);
    const status = await statOrUndefined(file);
    // A link may lead nowhere, or to a device that has no end.
    if (!status?.isFile()) {
      throw new UserError(`${file} is not a regular file`, {
        hint: 'Folders that a pipeline reads or makes hold files and folders only.',
      });
    }
    return { listed: { md5: await this.#hashes.hashOf(file, status), relpath }, status };
  }

  /** As DVC walks: a link to a file is that file, a link to a folder is nothing. */
  async #filesBelow(root: string, folder: string): Promise<string[]> {
    const files: string[] = [];
    for (const entry of await readdir(path.join(root, folder), { withFileTypes: true })) {
      const relpath = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const absolute = path.join(root, relpath);
      if (await this.#ignored.ignores(absolute, entry.isDirectory())) continue;
      if (entry.isDirectory()) files.push(...(await this.#filesBelow(root, relpath)));
      else if (entry.name === IGNORE_FILE) throw ignoreFileWithin(absolute);
      else if (!entry.isSymbolicLink() || !(await isFolder(absolute))) files.push(relpath);
    }
    return files;
  }
}

function ignoreFileWithin(file: string): UserError {
  return new UserError(`${file} lies in a folder that is hashed as a whole`, {
    hint: `As with DVC, put ${IGNORE_FILE} into a folder above it.`,
  });
}

async function isFolder(file: string): Promise<boolean> {
  return (await statOrUndefined(file))?.isDirectory() ?? false;
}

async function statOrUndefined(file: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(file, { bigint: true });
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT' || codeOf(thrown) === 'ENOTDIR') return undefined;
    throw thrown;
  }
}

/** The bytes of a `.dir` object. */
export function listingText(listing: readonly Listed[]): string {
  return pythonJson(listing);
}
