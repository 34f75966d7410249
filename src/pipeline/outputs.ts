import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import type { Log } from '../runner/ports.ts';
import type { LockedPath } from '../project/lock-file.ts';
import type { Output, Stage } from '../project/pipeline-file.ts';
import { byCodePoints } from '../project/value.ts';
import { CorruptBlob } from '../store/store.ts';
import type { Contents } from './content.ts';
import { detach } from './detach.ts';
import { folderOf } from './fingerprint.ts';
import { GitIgnore } from './git-ignore.ts';
import { mapInParallel } from './parallel.ts';
import { md5Digest, type PipelineCache } from './pipeline-cache.ts';
import { isRepeatable, keepsOutputs } from './run-cache.ts';

/**
 * Files below this are copied where links are hard ones: that takes no longer, and they are those
 * that people open in an editor, which would write into the cache through the link.
 */
const MIN_LINKED = 64 * 1024;

interface Wanted {
  readonly out: Output;
  readonly entry: LockedPath;
}

/** The outputs of stages: hashed, kept in the cache, brought back from it. */
export class Outputs {
  readonly #workspace: string;
  readonly #cache: PipelineCache;
  readonly #contents: Contents;
  readonly #gitIgnore: GitIgnore;
  readonly #log: Log;

  constructor(workspace: string, contents: Contents, cache: PipelineCache, log: Log) {
    this.#workspace = workspace;
    this.#contents = contents;
    this.#cache = cache;
    this.#gitIgnore = new GitIgnore(workspace);
    this.#log = log;
  }

  /** Why the outputs are not those of the lock; empty where they are. */
  async differences(stage: Stage, locked: readonly LockedPath[]): Promise<readonly string[]> {
    const before = new Map(locked.map((out) => [out.path, out.md5]));
    const reasons: string[] = [];
    for (const out of stage.outs) {
      const content = await this.#contents.of(this.#path(stage, out.path), out.path);
      if (!content) reasons.push(`${out.path} is missing`);
      else if (!before.has(out.path)) reasons.push(`${out.path} is a new output`);
      else if (before.get(out.path) !== content.locked.md5) reasons.push(`${out.path} changed`);
      before.delete(out.path);
    }
    return [...reasons, ...Array.from(before.keys(), (gone) => `${gone} is no output any more`)];
  }

  /** Takes away what the stage makes, so that nothing of an earlier run is taken for its work. */
  async clear(stage: Stage): Promise<void> {
    for (const out of stage.outs) {
      const file = this.#path(stage, out.path);
      if (out.persist) await detach(file);
      else await rm(file, { recursive: true, force: true });
      await mkdir(path.dirname(file), { recursive: true });
    }
  }

  /** Hashes what the stage made and puts into the cache what belongs there. */
  async save(
    stage: Stage,
  ): Promise<{ readonly outs: readonly LockedPath[] } | { readonly missing: string }> {
    const outs: LockedPath[] = [];
    const keepsAll = isRepeatable(stage) && keepsOutputs(stage);
    for (const out of stage.outs) {
      const file = this.#path(stage, out.path);
      const content = await this.#contents.of(file, out.path);
      if (!content) return { missing: out.path };
      if (out.cache || keepsAll) await this.#cache.keep(file, content);
      if (out.cache) await this.#gitIgnore.add(file);
      outs.push(content.locked);
    }
    return { outs: outs.toSorted((a, b) => byCodePoints(a.path, b.path)) };
  }

  /** Puts what the cache has lost back into it, from outputs that are still those of the lock. */
  async refill(stage: Stage, locked: readonly LockedPath[]): Promise<void> {
    for (const out of stage.outs) {
      const entry = locked.find(({ path: name }) => name === out.path);
      if (!out.cache || !entry || (await this.#cache.files.has(md5Digest(entry.md5)))) continue;
      const file = this.#path(stage, out.path);
      const content = await this.#contents.of(file, out.path);
      if (content?.locked.md5 === entry.md5) await this.#cache.keep(file, content);
    }
  }

  /**
   * Brings outputs back from the cache; false where one of them is not there. Like DVC it wants all
   * of them in the cache, also those that are in place.
   */
  async restore(stage: Stage, locked: readonly LockedPath[]): Promise<boolean> {
    try {
      return await this.#restore(stage, locked);
    } catch (thrown) {
      this.#warn(stage, thrown);
      if (!(thrown instanceof CorruptBlob)) return false;
    }
    // Once more: what was damaged is dropped now, and may come whole from another layer.
    try {
      return await this.#restore(stage, locked);
    } catch (thrown) {
      this.#warn(stage, thrown);
      return false;
    }
  }

  async #restore(stage: Stage, locked: readonly LockedPath[]): Promise<boolean> {
    const wanted = await this.#wanted(stage, locked);
    for (const { out, entry } of wanted ?? []) {
      await this.#fetch(this.#path(stage, out.path), entry);
    }
    return wanted !== undefined;
  }

  #warn({ name }: Stage, thrown: unknown): void {
    this.#log.warning(`The cache could not give the outputs of '${name}': ${messageOf(thrown)}`);
  }

  /** The outputs that are not in place; undefined where one of all is not to be had. */
  async #wanted(stage: Stage, locked: readonly LockedPath[]): Promise<Wanted[] | undefined> {
    const wanted: Wanted[] = [];
    for (const out of stage.outs) {
      const entry = locked.find(({ path: name }) => name === out.path);
      if (!entry?.md5 || !(await this.#cache.ensure(md5Digest(entry.md5)))) return undefined;
      const content = await this.#contents.of(this.#path(stage, out.path), out.path);
      if (content?.locked.md5 !== entry.md5) wanted.push({ out, entry });
    }
    return wanted;
  }

  #path(stage: Stage, file: string): string {
    return path.join(folderOf(this.#workspace, stage), file);
  }

  /** Builds beside the destination and renames: a killed job leaves no half of an output. */
  async #fetch(file: string, entry: LockedPath): Promise<void> {
    await mkdir(path.dirname(file), { recursive: true });
    const temporary = await mkdtemp(`${file}.restoring-`);
    try {
      const built = path.join(temporary, 'built');
      if (entry.md5.endsWith('.dir')) await this.#fetchFolder(built, entry);
      else await this.#fetchFile(built, entry.md5, entry.executable ?? false);
      await rm(file, { recursive: true, force: true });
      await rename(built, file);
      await this.#remember(file, entry);
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

  async #fetchFolder(folder: string, entry: LockedPath): Promise<void> {
    const listing = await this.#cache.listing(md5Digest(entry.md5));
    await mkdir(folder, { recursive: true });
    const folders = new Set(listing.map(({ relpath }) => path.dirname(path.join(folder, relpath))));
    for (const inner of folders) await mkdir(inner, { recursive: true });
    await mapInParallel(listing, ({ md5, relpath }) =>
      this.#fetchFile(path.join(folder, relpath), md5, false),
    );
  }

  async #fetchFile(file: string, hash: string, executable: boolean): Promise<void> {
    const digest = md5Digest(hash);
    const { size } = await this.#cache.files.check(digest);
    const mayLink = size >= MIN_LINKED && !executable;
    const ways = this.#cache.links.filter((way) => mayLink || way !== 'hardlink');
    const way = await this.#cache.files.take(digest, file, ways);
    // A reflink takes over the mode of the blob; a hard link is the blob, which nobody may change.
    if (way !== 'hardlink') await chmod(file, executable ? 0o755 : 0o644);
  }
}
