import { randomUUID } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  open,
  opendir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../errors.ts';
import { algorithmOf, encodedOf, isDigest, sameDigest, type Digest } from './digest.ts';
import { DirectoryPins } from './directory-pins.ts';
import { hashBytes, hashFile, hashHandle } from './hash.ts';
import { otherBytes } from './other-bytes.ts';
import {
  CorruptBlob,
  MissingBlob,
  type ContentStore,
  type Stored,
  type StoredBlob,
} from './store.ts';
import { using } from './system-error.ts';
import { transfer, type Transfer } from './transfer.ts';

/** Blobs are for everyone to read and for no one to change. */
const READ_ONLY = 0o444;

export interface DirectoryOptions {
  /** Ways to bring a file in, best first; a copy by default, since a link follows later edits. */
  readonly put?: readonly Transfer[];
  /** Ways to bring a blob out. A hard link is not hashed again: it is the blob. */
  readonly get?: readonly Transfer[];
}

/**
 * Blobs as files: `<root>/<algorithm>/<first two digits>/<the other digits>`, DVC's layout. Files
 * under way stand in `<root>/tmp` and are renamed into place, so a blob is whole or not there.
 */
export class DirectoryStore implements ContentStore {
  readonly place: string;
  readonly lanes = 4;
  readonly pins: DirectoryPins;
  readonly #put: readonly Transfer[];
  readonly #get: readonly Transfer[];

  constructor(root: string, options: DirectoryOptions = {}) {
    this.place = root;
    this.pins = new DirectoryPins(root);
    this.#put = options.put ?? ['copy'];
    this.#get = options.get ?? ['copy'];
  }

  /** Where the blob lies, or would lie. */
  pathOf(digest: Digest): string {
    const encoded = encodedOf(digest);
    return path.join(this.place, algorithmOf(digest), encoded.slice(0, 2), encoded.slice(2));
  }

  async has(digest: Digest): Promise<boolean> {
    const status = await using(this.place, () => lstatOrUndefined(this.pathOf(digest)));
    return status?.isFile() ?? false;
  }

  async put(digest: Digest, file: string): Promise<Stored> {
    return this.#store(digest, async (temporary) => {
      const { way, hashed } = await transfer(file, temporary, this.#put, algorithmOf(digest));
      const { digest: actual } = hashed ?? (await hashFile(temporary, algorithmOf(digest)));
      if (!sameDigest(digest, actual)) throw otherBytes(file, digest, actual);
      // What a copy put on the disk is read back; a link is the very file that was hashed.
      if (way === 'copy') await this.#compare(digest, temporary);
    });
  }

  async putBytes(digest: Digest, bytes: Uint8Array): Promise<Stored> {
    const actual = hashBytes(bytes, algorithmOf(digest));
    if (!sameDigest(digest, actual)) throw otherBytes('the given bytes', digest, actual);
    return this.#store(digest, async (temporary) => {
      await writeFile(temporary, bytes, { flag: 'wx', flush: true });
      await this.#compare(digest, temporary);
    });
  }

  get(digest: Digest, destination: string): Promise<void> {
    return using(destination, () => this.#bring(digest, destination));
  }

  async #bring(digest: Digest, destination: string): Promise<void> {
    const source = this.pathOf(digest);
    try {
      const { way, hashed } = await transfer(source, destination, this.#get, algorithmOf(digest));
      if (way === 'hardlink') return;
      // A clone takes the blob's mode along; the copy belongs to whoever asked for it.
      if (way === 'reflink') await chmod(destination, 0o644);
      const { digest: actual } = hashed ?? (await hashFile(destination, algorithmOf(digest)));
      if (!sameDigest(digest, actual)) throw new CorruptBlob(digest, actual, this.place);
    } catch (thrown) {
      const code = codeOf(thrown);
      // Somebody else's file is not ours to remove.
      if (code !== 'EEXIST') await rm(destination, { force: true });
      if (code === 'ENOENT' && !(await this.has(digest))) throw this.#missing(digest, thrown);
      throw thrown;
    }
  }

  async getBytes(digest: Digest, limit: number): Promise<Buffer> {
    const file = this.pathOf(digest);
    try {
      const { size } = await using(file, () => stat(file));
      if (size > limit) throw new CorruptBlob(digest, undefined, this.place);
      const bytes = await using(file, () => readFile(file));
      const actual = hashBytes(bytes, algorithmOf(digest));
      if (!sameDigest(digest, actual)) throw new CorruptBlob(digest, actual, this.place);
      return bytes;
    } catch (thrown) {
      throw codeOf(thrown) === 'ENOENT' ? this.#missing(digest, thrown) : thrown;
    }
  }

  async check(digest: Digest): Promise<void> {
    try {
      await using(this.place, () => this.#compare(digest, this.pathOf(digest)));
    } catch (thrown) {
      throw codeOf(thrown) === 'ENOENT' ? this.#missing(digest, thrown) : thrown;
    }
  }

  async *list(): AsyncGenerator<StoredBlob> {
    for (const algorithm of ['sha256', 'md5']) {
      // Folders are opened one after the other: a store may have hundreds of thousands of blobs.
      for await (const folder of entries(path.join(this.place, algorithm))) {
        for await (const name of entries(path.join(this.place, algorithm, folder))) {
          const digest = `${algorithm}:${folder}${name}`;
          if (!isDigest(digest)) continue;
          const status = await lstatOrUndefined(this.pathOf(digest));
          if (status?.isFile()) yield { digest, size: status.size, used: status.mtime };
        }
      }
    }
  }

  async remove(digest: Digest, before: Date): Promise<boolean> {
    const file = this.pathOf(digest);
    const taken = path.join(await this.#temporaryFolder(), `${encodedOf(digest)}.${randomUUID()}`);
    if (((await lstatOrUndefined(file))?.mtime ?? before) >= before) return false;
    // Taken away first, looked at afterwards: whoever stored it a moment ago either marked it as
    // used before (it is put back) or no longer finds it (and stores it again).
    await rename(file, taken);
    if ((await stat(taken)).mtime >= before) {
      await rename(taken, file);
      return false;
    }
    await rm(taken, { force: true });
    return true;
  }

  async sweep(before: Date): Promise<number> {
    let swept = 0;
    const folder = path.join(this.place, 'tmp');
    for await (const name of entries(folder)) {
      const status = await lstatOrUndefined(path.join(folder, name));
      if (!status || status.mtime >= before) continue;
      await rm(path.join(folder, name), { force: true, recursive: true });
      swept += 1;
    }
    return swept;
  }

  #store(digest: Digest, write: (temporary: string) => Promise<void>): Promise<Stored> {
    return using(this.place, () => this.#storeOnce(digest, write));
  }

  async #storeOnce(digest: Digest, write: (temporary: string) => Promise<void>): Promise<Stored> {
    const file = this.pathOf(digest);
    const found = await this.#markUsed(digest);
    if (found === 'intact') return 'present';
    const temporary = path.join(await this.#temporaryFolder(), randomUUID());
    try {
      await write(temporary);
      await chmod(temporary, READ_ONLY);
      await mkdir(path.dirname(file), { recursive: true });
      await rename(temporary, file);
    } catch (thrown) {
      await rm(temporary, { force: true });
      throw thrown;
    }
    await syncFolder(path.dirname(file));
    return found === 'damaged' ? 'repaired' : 'stored';
  }

  async #markUsed(digest: Digest): Promise<'intact' | 'damaged' | 'absent'> {
    const file = this.pathOf(digest);
    const now = new Date();
    try {
      await utimes(file, now, now);
      await this.#compare(digest, file);
      return 'intact';
    } catch (thrown) {
      if (thrown instanceof CorruptBlob) return 'damaged';
      if (codeOf(thrown) === 'ENOENT') return 'absent';
      throw thrown;
    }
  }

  async #compare(digest: Digest, file: string): Promise<void> {
    const handle = await open(file, 'r');
    try {
      // Not hashFile: other writers mark a blob as used, which changes its time and nothing else.
      const { digest: actual } = await hashHandle(handle, algorithmOf(digest));
      if (!sameDigest(digest, actual)) throw new CorruptBlob(digest, actual, this.place);
    } finally {
      await handle.close();
    }
  }

  async #temporaryFolder(): Promise<string> {
    const folder = path.join(this.place, 'tmp');
    await mkdir(folder, { recursive: true });
    return folder;
  }

  #missing(digest: Digest, cause: unknown): MissingBlob {
    return new MissingBlob(digest, this.place, cause);
  }
}

async function* entries(folder: string): AsyncGenerator<string> {
  try {
    for await (const entry of await opendir(folder)) yield entry.name;
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT' && codeOf(thrown) !== 'ENOTDIR') throw thrown;
  }
}

async function lstatOrUndefined(file: string) {
  try {
    return await lstat(file);
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** Makes a rename durable; Windows has no such call and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
