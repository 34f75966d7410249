import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { messageOf, UserError } from '../errors.ts';
import type { Log } from '../runner/ports.ts';
import type { LockedPath } from '../project/lock-file.ts';
import type { Output, Stage } from '../project/pipeline-file.ts';
import { byCodePoints } from '../project/value.ts';
import type { Digest } from '../store/digest.ts';
import { DirectoryStore } from '../store/directory.ts';
import { listingText, type Content, type Contents } from './content.ts';
import { folderOf } from './fingerprint.ts';
import { GitIgnore } from './git-ignore.ts';
import { isRepeatable, keepsOutputs } from './run-cache.ts';

/** DVC's cache: outputs by md5, shared with DVC itself. */
export const CACHE_FOLDER = '.dvc/cache';

/** A listing of a million files stays below. */
const MAX_LISTING = 256 * 1024 * 1024;

const listingSchema = z.array(z.object({ md5: z.string(), relpath: z.string() }));

/** The outputs of stages: hashed, kept in the cache, brought back from it. */
export class Outputs {
  readonly #workspace: string;
  readonly #store: DirectoryStore;
  readonly #contents: Contents;
  readonly #gitIgnore: GitIgnore;
  readonly #log: Log;

  constructor(workspace: string, contents: Contents, log: Log) {
    this.#workspace = workspace;
    this.#contents = contents;
    this.#gitIgnore = new GitIgnore(workspace);
    this.#log = log;
    // No hard links: whoever edits an output in place would edit the cache.
    this.#store = new DirectoryStore(path.join(workspace, CACHE_FOLDER, 'files'), {
      put: ['reflink', 'copy'],
      get: ['reflink', 'copy'],
    });
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
      if (!out.persist) await rm(file, { recursive: true, force: true });
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
      if (out.cache || keepsAll) await this.#keep(file, content);
      if (out.cache) await this.#gitIgnore.add(file);
      outs.push(content.locked);
    }
    return { outs: outs.toSorted((a, b) => byCodePoints(a.path, b.path)) };
  }

  /** Puts what the cache has lost back into it, from outputs that are still those of the lock. */
  async refill(stage: Stage, locked: readonly LockedPath[]): Promise<void> {
    for (const out of stage.outs) {
      const entry = locked.find(({ path: name }) => name === out.path);
      if (!out.cache || !entry || (await this.#store.has(md5(entry.md5)))) continue;
      const file = this.#path(stage, out.path);
      const content = await this.#contents.of(file, out.path);
      if (content?.locked.md5 === entry.md5) await this.#keep(file, content);
    }
  }

  /**
   * Brings outputs back from the cache; false where one of them is not there. Like DVC it wants all
   * of them in the cache, also those that are in place.
   */
  async restore(stage: Stage, locked: readonly LockedPath[]): Promise<boolean> {
    const wanted: { readonly out: Output; readonly entry: LockedPath }[] = [];
    for (const out of stage.outs) {
      const entry = locked.find(({ path: name }) => name === out.path);
      if (!entry?.md5 || !(await this.#store.has(md5(entry.md5)))) return false;
      const content = await this.#contents.of(this.#path(stage, out.path), out.path);
      if (content?.locked.md5 === entry.md5) continue;
      wanted.push({ out, entry });
    }
    try {
      for (const { out, entry } of wanted) await this.#fetch(this.#path(stage, out.path), entry);
      return true;
    } catch (thrown) {
      this.#log.warning(
        `The cache could not give the outputs of '${stage.name}': ${messageOf(thrown)}`,
      );
      return false;
    }
  }

  #path(stage: Stage, file: string): string {
    return path.join(folderOf(this.#workspace, stage), file);
  }

  async #keep(file: string, { locked, listing }: Content): Promise<void> {
    if (!listing) {
      await this.#store.put(md5(locked.md5), file);
      return;
    }
    for (const { md5: hash, relpath } of listing) {
      await this.#store.put(md5(hash), path.join(file, relpath));
    }
    await this.#store.putBytes(md5(locked.md5), Buffer.from(listingText(listing)));
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
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  async #fetchFolder(folder: string, entry: LockedPath): Promise<void> {
    const text = await this.#store.getBytes(md5(entry.md5), MAX_LISTING);
    await mkdir(folder, { recursive: true });
    for (const { md5: hash, relpath } of listingSchema.parse(JSON.parse(text.toString('utf8')))) {
      const file = path.resolve(folder, relpath);
      if (!file.startsWith(folder + path.sep)) {
        throw new UserError(`the listing of ${entry.path} leads out of it: ${relpath}`, {
          hint: `Delete ${CACHE_FOLDER} and run the stage again.`,
        });
      }
      await mkdir(path.dirname(file), { recursive: true });
      await this.#fetchFile(file, hash, false);
    }
  }

  async #fetchFile(file: string, hash: string, executable: boolean): Promise<void> {
    await this.#store.get(md5(hash), file);
    // A reflink takes over the mode of the blob, which nobody may write to.
    await chmod(file, executable ? 0o755 : 0o644);
  }
}

function md5(hash: string): Digest {
  return `md5:${hash}`;
}
