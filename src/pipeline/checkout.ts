import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { LockedPath } from '../project/lock-file.ts';
import type { Digest } from '../store/digest.ts';
import type { Contents } from './content.ts';
import { mapInParallel } from './parallel.ts';
import { md5Digest, type PipelineCache } from './pipeline-cache.ts';

/**
 * Files below this are copied where links are hard ones: that takes no longer, and they are those
 * that people open in an editor, which would write into the cache through the link.
 */
const MIN_LINKED = 64 * 1024;

/** Puts what is in DVC's cache into the workspace. */
export class Checkout {
  readonly #contents: Contents;
  readonly #cache: PipelineCache;

  constructor(contents: Contents, cache: PipelineCache) {
    this.#contents = contents;
    this.#cache = cache;
  }

  /** Builds beside the destination and renames: a killed job leaves no half of an output. */
  async place(file: string, entry: LockedPath): Promise<void> {
    await this.#built(file, (built) =>
      entry.md5.endsWith('.dir')
        ? this.#placeFolder(built, entry)
        : this.#placeFile(built, md5Digest(entry.md5), entry.executable ?? false),
    );
    await this.#remember(file, entry);
  }

  /** `place` for a file that is known by another hash than DVC's. */
  async placeBlob(file: string, digest: Digest): Promise<void> {
    await this.#built(file, (built) => this.#placeFile(built, digest, false));
  }

  async #built(file: string, build: (built: string) => Promise<void>): Promise<void> {
    await mkdir(path.dirname(file), { recursive: true });
    const temporary = await mkdtemp(`${file}.restoring-`);
    try {
      const built = path.join(temporary, 'built');
      await build(built);
      await rm(file, { recursive: true, force: true });
      await rename(built, file);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  /** What was checked on its way need not be read again. */
  async #remember(file: string, { md5 }: LockedPath): Promise<void> {
    if (!md5.endsWith('.dir')) {
      await this.#contents.remember(file, md5);
      return;
    }
    const listing = await this.#cache.listing(md5Digest(md5));
    await mapInParallel(listing, (listed) =>
      this.#contents.remember(path.join(file, listed.relpath), listed.md5),
    );
  }

  async #placeFolder(folder: string, entry: LockedPath): Promise<void> {
    const listing = await this.#cache.listing(md5Digest(entry.md5));
    await mkdir(folder, { recursive: true });
    const folders = new Set(listing.map(({ relpath }) => path.dirname(path.join(folder, relpath))));
    for (const inner of folders) await mkdir(inner, { recursive: true });
    await mapInParallel(listing, ({ md5, relpath }) =>
      this.#placeFile(path.join(folder, relpath), md5Digest(md5), false),
    );
  }

  async #placeFile(file: string, digest: Digest, executable: boolean): Promise<void> {
    const { size } = await this.#cache.files.check(digest);
    const mayLink = size >= MIN_LINKED && !executable;
    const ways = this.#cache.links.filter((way) => mayLink || way !== 'hardlink');
    const way = await this.#cache.files.take(digest, file, ways);
    // A reflink takes over the mode of the blob; a hard link is the blob, which nobody may change.
    if (way !== 'hardlink') await chmod(file, executable ? 0o755 : 0o644);
  }
}
