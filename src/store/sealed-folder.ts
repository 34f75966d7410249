import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../errors.ts';
import { algorithmOf, encodedOf, sameDigest, type Digest } from './digest.ts';
import { hashBytes, hashHandle } from './hash.ts';
import { otherBytes } from './other-bytes.ts';
import { isSealed, markUsed, seal } from './seal.ts';
import { CorruptBlob, MissingBlob } from './store.ts';
import { using } from './system-error.ts';
import { transfer, tryLink, type Transfer } from './transfer.ts';

/**
 * Blobs in DVC's layout, `<root>/<algorithm>/<first two digits>/<the other digits>`, that are known
 * to be whole by their seal. DVC's cache, the cache of the machine and a folder that DVC pushes to
 * are such folders, and blobs go from one to the other by links. Blobs that DVC wrote bear no
 * seal: they are hashed once, and sealed.
 */
export class SealedFolder {
  readonly place: string;

  constructor(root: string) {
    this.place = root;
  }

  /** Where the blob lies, or would lie. */
  pathOf(digest: Digest): string {
    const encoded = encodedOf(digest);
    return path.join(this.place, algorithmOf(digest), encoded.slice(0, 2), encoded.slice(2));
  }

  /** Whether there is a blob of that name; says nothing about its bytes. */
  async has(digest: Digest): Promise<boolean> {
    return (await this.#status(digest)) !== undefined;
  }

  /**
   * The blob's status once it is known to be whole; a blob with other bytes is removed.
   * @throws MissingBlob, CorruptBlob.
   */
  async check(digest: Digest): Promise<Stats> {
    const status = await this.#status(digest);
    if (!status) throw new MissingBlob(digest, this.place);
    const file = this.pathOf(digest);
    if (!isSealed(status, digest)) await this.#verify(digest, file);
    else await ignoring(['EPERM', 'EACCES', 'EROFS'], markUsed(file, status, digest));
    return status;
  }

  /**
   * Stores the bytes of `file`, whole or not at all. They are hashed, unless `file` is sealed.
   * @throws UserError where they are not those of `digest`.
   */
  async add(digest: Digest, file: string, ways: readonly Transfer[]): Promise<void> {
    if (await this.#isWhole(digest)) return;
    await this.#write(digest, async (temporary) => {
      const before = await stat(file);
      const { way, hashed } = await transfer(file, temporary, ways, algorithmOf(digest));
      const trusted = way !== 'copy' && isSealed(before, digest);
      const actual = trusted ? digest : (hashed?.digest ?? (await hashOf(temporary, digest)));
      if (!sameDigest(digest, actual)) throw otherBytes(file, digest, actual);
    });
  }

  async addBytes(digest: Digest, bytes: Uint8Array): Promise<void> {
    const actual = hashBytes(bytes, algorithmOf(digest));
    if (!sameDigest(digest, actual)) throw otherBytes('what was given', digest, actual);
    if (await this.#isWhole(digest)) return;
    await this.#write(digest, (temporary) =>
      writeFile(temporary, bytes, { flag: 'wx', flush: true }),
    );
  }

  /**
   * Brings a whole blob to `destination`, which must not exist. A hard link is the blob itself.
   * @throws MissingBlob, CorruptBlob; then there is no `destination`.
   */
  async take(digest: Digest, destination: string, ways: readonly Transfer[]): Promise<Transfer> {
    await this.check(digest);
    try {
      const source = this.pathOf(digest);
      const { way, hashed } = await transfer(source, destination, ways, algorithmOf(digest));
      if (hashed && !sameDigest(digest, hashed.digest)) {
        await rm(destination, { force: true });
        throw new CorruptBlob(digest, hashed.digest, this.place);
      }
      return way;
    } catch (thrown) {
      // Evicted a moment ago.
      if (codeOf(thrown) === 'ENOENT' && !(await this.has(digest))) {
        throw new MissingBlob(digest, this.place, thrown);
      }
      throw thrown;
    }
  }

  /** The bytes of a small blob, checked. @throws MissingBlob, CorruptBlob. */
  async bytes(digest: Digest, limit: number): Promise<Buffer> {
    const file = this.pathOf(digest);
    const status = await this.#status(digest);
    if (!status) throw new MissingBlob(digest, this.place);
    if (status.size > limit) throw new CorruptBlob(digest, undefined, this.place);
    const bytes = await using(file, () => readFile(file));
    const actual = hashBytes(bytes, algorithmOf(digest));
    if (!sameDigest(digest, actual)) throw await this.#dropped(digest, actual);
    return bytes;
  }

  /** Takes in a sealed blob of another folder at once, if the file system can link the two. */
  async link(digest: Digest, sealed: string): Promise<boolean> {
    let linked = false;
    await this.#write(digest, async (temporary) => {
      linked =
        (await tryLink(sealed, temporary, 'reflink')) ||
        (await tryLink(sealed, temporary, 'hardlink'));
      return linked;
    });
    return linked;
  }

  async remove(digest: Digest): Promise<void> {
    await rm(this.pathOf(digest), { force: true });
  }

  async #isWhole(digest: Digest): Promise<boolean> {
    try {
      await this.check(digest);
      return true;
    } catch (thrown) {
      if (thrown instanceof MissingBlob || thrown instanceof CorruptBlob) return false;
      throw thrown;
    }
  }

  async #verify(digest: Digest, file: string): Promise<void> {
    const actual = await hashOf(file, digest);
    if (!sameDigest(digest, actual)) throw await this.#dropped(digest, actual);
    // Another user's blob can be read and not marked: it is hashed again the next time.
    await ignoring(['EPERM', 'EACCES', 'EROFS'], seal(file, digest));
  }

  async #dropped(digest: Digest, actual: Digest): Promise<CorruptBlob> {
    await ignoring(['EPERM', 'EACCES', 'EROFS'], this.remove(digest));
    return new CorruptBlob(digest, actual, this.place);
  }

  /** `write` may tell that it did not write. */
  async #write(digest: Digest, write: (temporary: string) => Promise<unknown>): Promise<void> {
    const file = this.pathOf(digest);
    const folder = path.join(this.place, 'tmp');
    const temporary = path.join(folder, randomUUID());
    await using(this.place, async () => {
      await mkdir(folder, { recursive: true });
      try {
        if ((await write(temporary)) === false) return;
        if (!isSealed(await stat(temporary), digest)) await seal(temporary, digest);
        await mkdir(path.dirname(file), { recursive: true });
        await rename(temporary, file);
      } finally {
        // Also after the renaming: of two links to one file, `rename` leaves both.
        await rm(temporary, { force: true });
      }
    });
  }

  async #status(digest: Digest): Promise<Stats | undefined> {
    const file = this.pathOf(digest);
    try {
      const status = await using(this.place, () => stat(file));
      return status.isFile() ? status : undefined;
    } catch (thrown) {
      if (codeOf(thrown) === 'ENOENT') return undefined;
      throw thrown;
    }
  }
}

/** Not hashFile: marking a blob as used changes its times while others read it. */
async function hashOf(file: string, digest: Digest): Promise<Digest> {
  const handle = await open(file, 'r');
  try {
    return (await hashHandle(handle, algorithmOf(digest))).digest;
  } finally {
    await handle.close();
  }
}

async function ignoring(codes: readonly string[], work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (thrown) {
    if (!codes.includes(codeOf(thrown) ?? '')) throw thrown;
  }
}
