import { randomUUID } from 'node:crypto';
import { mkdir, open, opendir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../errors.ts';
import { isDigest, type Digest } from './digest.ts';
import { Leases } from './leases.ts';
import { withMutex } from './mutex.ts';
import { SealedFolder } from './sealed-folder.ts';
import { using } from './system-error.ts';

/** What a killed job left of a copy that it had not finished is swept after this time. */
const ABANDONED_MS = 60 * 60_000;

interface Kept {
  readonly digest: Digest;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly used: number;
}

/**
 * Blobs on the disk of a machine that its jobs share, of however many repositories. It never
 * grows over its limit: what was used longest ago makes room, except what a running job holds, and
 * what finds no room is not kept. It is a cache: nothing is lost with it.
 */
export class MachineCache {
  readonly blobs: SealedFolder;
  readonly limit: number;
  readonly root: string;
  readonly #leases: Leases;

  /** `root` is absolute; `limit` in bytes. */
  constructor(root: string, limit: number) {
    this.root = root;
    this.limit = limit;
    this.blobs = new SealedFolder(path.join(root, 'files'));
    this.#leases = new Leases(path.join(root, 'jobs'));
  }

  /** Keeps `digests` from being evicted until `end`; returns those that are there. */
  async hold(digests: readonly Digest[]): Promise<readonly Digest[]> {
    return this.#alone(async () => {
      await this.#leases.hold(digests);
      const found = await Promise.all(digests.map((digest) => this.blobs.has(digest)));
      return digests.filter((_, index) => found[index]);
    });
  }

  /** Lets go of all that was held. */
  async end(): Promise<void> {
    await this.#leases.end();
  }

  /**
   * Takes in those blobs of `folder` that find room, by link where the file system can.
   * @throws MissingBlob or CorruptBlob where `folder` does not have one of them whole.
   */
  async offer(folder: SealedFolder, digests: readonly Digest[]): Promise<void> {
    const wanted: Kept[] = [];
    for (const digest of new Set(digests)) {
      if (await this.blobs.has(digest)) continue;
      // Hashed here, if at all: nothing may take long while others wait.
      const { size } = await folder.check(digest);
      if (size <= this.limit) wanted.push({ digest, size, used: Date.now() });
    }
    if (wanted.length === 0) return;
    const reserved = await this.#alone(() => this.#admit(folder, wanted));
    for (const { digest, reservation } of reserved) {
      try {
        await this.blobs.add(digest, folder.pathOf(digest), ['copy']);
      } finally {
        await rm(reservation, { force: true });
      }
    }
  }

  /** Links what can be linked, and reserves room for what must be copied. */
  async #admit(folder: SealedFolder, wanted: readonly Kept[]) {
    await this.#leases.hold(wanted.map(({ digest }) => digest));
    let room = await this.#makeRoom(wanted.reduce((sum, { size }) => sum + size, 0));
    const reserved: { readonly digest: Digest; readonly reservation: string }[] = [];
    for (const { digest, size } of wanted) {
      // Another job may have brought it in since.
      if (size > room || (await this.blobs.has(digest))) continue;
      room -= size;
      if (await this.blobs.link(digest, folder.pathOf(digest))) continue;
      reserved.push({ digest, reservation: await this.#reserve(size) });
    }
    return reserved;
  }

  /** A file without content that is as long as the copy which is to come, for all to count. */
  async #reserve(size: number): Promise<string> {
    await mkdir(this.#reservations, { recursive: true });
    const file = path.join(this.#reservations, randomUUID());
    const handle = await open(file, 'wx');
    try {
      await handle.truncate(size);
    } finally {
      await handle.close();
    }
    return file;
  }

  /** Evicts until `size` more bytes fit, or nothing more may go; returns how many bytes fit. */
  async #makeRoom(size: number): Promise<number> {
    const kept: Kept[] = [];
    for await (const blob of this.list()) kept.push(blob);
    let total = kept.reduce((sum, blob) => sum + blob.size, await this.#reserved());
    if (total + size > this.limit) {
      const held = await this.#leases.held();
      const idle = kept.filter(({ digest }) => !held.has(digest));
      for (const { digest, size: freed } of idle.toSorted((a, b) => a.used - b.used)) {
        if (total + size <= this.limit) break;
        await this.blobs.remove(digest);
        total -= freed;
      }
    }
    return this.limit - total;
  }

  /** Every blob, in no order. */
  async *list(): AsyncGenerator<Kept> {
    for (const algorithm of ['md5', 'sha256'] as const) {
      const folder = path.join(this.blobs.place, algorithm);
      for await (const start of entries(folder)) {
        for await (const rest of entries(path.join(folder, start))) {
          const digest = `${algorithm}:${start}${rest}`;
          if (!isDigest(digest)) continue;
          const status = await statOrUndefined(path.join(folder, start, rest));
          if (status) yield { digest, size: status.size, used: status.atimeMs };
        }
      }
    }
  }

  async #reserved(): Promise<number> {
    await sweep(path.join(this.blobs.place, 'tmp'));
    return sweep(this.#reservations);
  }

  get #reservations(): string {
    return path.join(this.root, 'reservations');
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    return using(this.root, async () => {
      await mkdir(this.root, { recursive: true });
      return withMutex(path.join(this.root, 'account.lock'), work);
    });
  }
}

/** Removes abandoned files; returns how many bytes the others have. */
async function sweep(folder: string): Promise<number> {
  let size = 0;
  for await (const name of entries(folder)) {
    const file = path.join(folder, name);
    const status = await statOrUndefined(file);
    if (!status) continue;
    // A link to a blob has the blob's mtime, and its own ctime.
    if (Date.now() - status.ctimeMs > ABANDONED_MS) await rm(file, { force: true });
    else size += status.size;
  }
  return size;
}

async function* entries(folder: string): AsyncGenerator<string> {
  try {
    for await (const { name } of await opendir(folder)) yield name;
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT' && codeOf(thrown) !== 'ENOTDIR') throw thrown;
  }
}

async function statOrUndefined(file: string) {
  try {
    return await stat(file);
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}
