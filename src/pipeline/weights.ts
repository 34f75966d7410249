import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';
import type { Stage } from '../project/pipeline-file.ts';
import type { Weights } from '../project/stage-options.ts';
import type { Log } from '../runner/ports.ts';
import type { Digest } from '../store/digest.ts';
import { hashFile } from '../store/hash.ts';
import { HashCache } from '../store/hash-cache.ts';
import type { Checkout } from './checkout.ts';
import { download } from './download.ts';
import { folderOf } from './fingerprint.ts';
import type { PipelineCache } from './pipeline-cache.ts';
import { statOrUndefined } from './stamps.ts';

/** Relative to the workspace. */
const HASHES_FILE = '.model-ci/hashes-sha256';
const DOWNLOADS_FOLDER = '.model-ci/downloads';

interface Options {
  readonly workspace: string;
  readonly cache: PipelineCache;
  readonly checkout: Checkout;
  readonly log: Log;
  readonly cancelled: AbortSignal;
}

/** Pre-trained weights: from the caches, else from where the stage says; never other bytes. */
export class PinnedWeights {
  readonly #options: Options;
  readonly #hashes: HashCache;
  /** By absolute path: stages that run at once may share them. */
  readonly #under = new Map<string, Promise<void>>();

  private constructor(options: Options, hashes: HashCache) {
    this.#options = options;
    this.#hashes = hashes;
  }

  static async open(options: Options): Promise<PinnedWeights> {
    const file = path.join(options.workspace, HASHES_FILE);
    const about = { file, root: options.workspace, algorithm: 'sha256', linked: true } as const;
    return new PinnedWeights(options, await HashCache.open(about));
  }

  /** The weights of a stage that are not in place, as paths for a person. */
  async missing(stage: Stage): Promise<readonly string[]> {
    const missing: string[] = [];
    for (const one of stage.options.weights) {
      if ((await this.#standing(this.#path(stage, one))) !== digestOf(one)) missing.push(one.to);
    }
    return missing;
  }

  /** Puts the weights of a stage in place. @throws UserError where they are not to be had. */
  async provide(stage: Stage): Promise<void> {
    for (const one of stage.options.weights) {
      const file = this.#path(stage, one);
      const before = this.#under.get(file) ?? Promise.resolve();
      const provided = before.then(() => this.#provide(stage, one, file));
      this.#under.set(
        file,
        provided.catch(() => undefined),
      );
      await provided;
    }
    await this.#hashes.save();
  }

  async #provide(stage: Stage, one: Weights, file: string): Promise<void> {
    const { cache, checkout } = this.#options;
    const digest = digestOf(one);
    const standing = await this.#standing(file);
    if (standing === digest) return;
    if (standing && !(await cache.files.has(standing))) {
      throw new UserError(`${one.to} has ${standing}, and is pinned to ${digest}`, {
        hint: 'Nobody else keeps what stands there: move it away, or correct the sha256.',
        place: stage.place,
      });
    }
    if (!(await cache.ensure(digest))) await this.#obtain(stage, one, digest);
    await checkout.placeBlob(file, digest);
  }

  async #obtain(stage: Stage, one: Weights, digest: Digest): Promise<void> {
    const { workspace, cache, log, cancelled } = this.#options;
    if ('path' in one.from) {
      const source = path.resolve(workspace, one.from.path);
      if (!(await statOrUndefined(source))?.isFile()) {
        throw new UserError(`there is no file ${one.from.path}, which ${one.to} comes from`, {
          hint: 'Mount it, correct the path, or name a url.',
          place: stage.place,
        });
      }
      refuseOther(stage, one.from.path, digest, (await hashFile(source)).digest);
      await cache.keepFile(digest, source, ['reflink', 'copy']);
      return;
    }
    const folder = path.join(workspace, DOWNLOADS_FOLDER);
    const temporary = path.join(folder, randomUUID());
    await mkdir(folder, { recursive: true });
    try {
      log.info(`Fetching ${one.from.url}`);
      const actual = await download(one.from.url, temporary, { log, cancelled });
      refuseOther(stage, one.from.url, digest, actual);
      await cache.keepFile(digest, temporary, ['reflink', 'hardlink', 'copy']);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async #standing(file: string): Promise<Digest | undefined> {
    const status = await statOrUndefined(file);
    if (!status?.isFile()) return undefined;
    return `sha256:${await this.#hashes.hashOf(file, status)}`;
  }

  #path(stage: Stage, { to }: Weights): string {
    return path.join(folderOf(this.#options.workspace, stage), to);
  }
}

function digestOf({ sha256 }: Weights): Digest {
  return `sha256:${sha256}`;
}

function refuseOther(stage: Stage, from: string, wanted: Digest, actual: Digest): void {
  if (actual === wanted) return;
  throw new UserError(`${from} has ${actual}, and is pinned to ${wanted}`, {
    hint: 'Somebody changed it, or the pin is wrong: use it only once you know which.',
    place: stage.place,
  });
}
