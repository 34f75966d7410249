import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import type { Log } from '../runner/ports.ts';
import type { LockedPath } from '../project/lock-file.ts';
import type { Output, Stage } from '../project/pipeline-file.ts';
import { byCodePoints } from '../project/value.ts';
import { CorruptBlob } from '../store/store.ts';
import type { Checkout } from './checkout.ts';
import type { Contents } from './content.ts';
import { detach } from './detach.ts';
import { folderOf } from './fingerprint.ts';
import { GitIgnore } from './git-ignore.ts';
import { md5Digest, type PipelineCache } from './pipeline-cache.ts';
import { isRepeatable, keepsOutputs } from './run-cache.ts';

interface Wanted {
  readonly out: Output;
  readonly entry: LockedPath;
}

interface Options {
  readonly workspace: string;
  readonly contents: Contents;
  readonly cache: PipelineCache;
  readonly checkout: Checkout;
  readonly log: Log;
}

/** The outputs of stages: hashed, kept in the cache, brought back from it. */
export class Outputs {
  readonly #workspace: string;
  readonly #cache: PipelineCache;
  readonly #contents: Contents;
  readonly #checkout: Checkout;
  readonly #gitIgnore: GitIgnore;
  readonly #log: Log;

  constructor({ workspace, contents, cache, checkout, log }: Options) {
    this.#workspace = workspace;
    this.#cache = cache;
    this.#contents = contents;
    this.#checkout = checkout;
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
      await this.#checkout.place(this.#path(stage, out.path), entry);
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
}
