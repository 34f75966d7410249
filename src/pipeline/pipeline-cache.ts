import { stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { messageOf, UserError } from '../errors.ts';
import type { Log } from '../runner/ports.ts';
import type { Digest } from '../store/digest.ts';
import { SealedFolder } from '../store/sealed-folder.ts';
import type { Transfer } from '../store/transfer.ts';
import { listingText, type Content, type Listed } from './content.ts';
import { mapInParallel } from './parallel.ts';
import { RunCache } from './run-cache.ts';

/** A listing of a million files stays below. */
const MAX_LISTING = 256 * 1024 * 1024;

const listingSchema = z.array(z.object({ md5: z.string(), relpath: z.string() }));

/** Where outputs may come from that DVC's cache does not have, and where they are kept for others. */
export interface CacheLayer {
  /** For a person: `the machine's cache`. */
  readonly name: string;
  /** Runs that it remembers, in DVC's layout; absolute. */
  readonly runsFolder: string | undefined;
  /**
   * Brings of `missing` what it has into `cache`, and checks it on the way. `out` is the output
   * that they are part of: a file, or a folder's listing.
   */
  fetch(out: Digest, missing: readonly Digest[], cache: SealedFolder): Promise<void>;
  /** Keeps an output for other jobs. */
  keep(out: KeptOutput, cache: SealedFolder): Promise<void>;
}

export interface KeptOutput {
  readonly digest: Digest;
  /** With the files of a folder. */
  readonly blobs: readonly Digest[];
  /** Whether nobody had it before. */
  readonly isNew: boolean;
}

/** What a layer has brought. */
export interface Brought {
  readonly layer: string;
  readonly blobs: number;
  readonly bytes: number;
  readonly milliseconds: number;
}

export interface PipelineCacheOptions {
  /** DVC's cache, absolute. */
  readonly folder: string;
  /** How outputs are linked to it, best first. */
  readonly links: readonly Transfer[];
  /** Nearest first. */
  readonly layers: readonly CacheLayer[];
  readonly log: Log;
}

/**
 * The outputs of stages by md5: DVC's own cache in front, which holds all that this workspace made
 * or uses, and layers behind it which are asked for what it lacks. A layer that fails is a warning:
 * the work is then done again.
 */
export class PipelineCache {
  readonly files: SealedFolder;
  readonly runs: RunCache;
  readonly links: readonly Transfer[];
  readonly #layers: readonly CacheLayer[];
  readonly #log: Log;
  readonly #brought = new Map<string, Brought>();

  constructor({ folder, links, layers, log }: PipelineCacheOptions) {
    this.files = new SealedFolder(path.join(folder, 'files'));
    const behind = layers
      .map(({ runsFolder }) => runsFolder)
      .filter((place) => place !== undefined);
    this.runs = new RunCache([path.join(folder, 'runs'), ...behind]);
    this.links = links;
    this.#layers = layers;
    this.#log = log;
  }

  /** What the layers saved this run from making. */
  get brought(): readonly Brought[] {
    return Array.from(this.#brought.values());
  }

  /** Sees to it that the whole of an output is in DVC's cache; false where nobody has it. */
  async ensure(out: Digest): Promise<boolean> {
    if (!(await this.#fetch(out, [out]))) return false;
    if (!isListing(out)) return true;
    // Only now is it known what else is needed.
    return this.#fetch(
      out,
      (await this.listing(out)).map(({ md5: hash }) => md5Digest(hash)),
    );
  }

  /** Puts an output of the workspace into DVC's cache, and offers it to the layers. */
  async keep(file: string, { locked, listing }: Content): Promise<void> {
    const out = md5Digest(locked.md5);
    const isNew = !(await this.files.has(out));
    for (const { md5: hash, relpath } of listing ?? []) {
      await this.files.add(md5Digest(hash), path.join(file, relpath), ['reflink', 'copy']);
    }
    if (listing) await this.files.addBytes(out, Buffer.from(listingText(listing)));
    else await this.files.add(out, file, ['reflink', 'copy']);
    const blobs = new Set([out, ...(listing ?? []).map((listed) => md5Digest(listed.md5))]);
    await this.#offer({ digest: out, blobs: Array.from(blobs), isNew });
  }

  /**
   * Puts a file that came from elsewhere, and can come from there again, into DVC's cache.
   * @throws UserError where it has other bytes.
   */
  async keepFile(digest: Digest, file: string, ways: readonly Transfer[]): Promise<void> {
    await this.files.add(digest, file, ways);
    await this.#offer({ digest, blobs: [digest], isNew: false });
  }

  async #offer(kept: KeptOutput): Promise<void> {
    for (const layer of this.#layers) {
      await this.#trying(layer, () => layer.keep(kept, this.files));
    }
  }

  /** The files of a folder. @throws UserError where one of them leads out of it. */
  async listing(out: Digest): Promise<readonly Listed[]> {
    const text = await this.files.bytes(out, MAX_LISTING);
    const listing = listingSchema.parse(JSON.parse(text.toString('utf8')));
    const astray = listing.find(({ relpath }) => leadsOut(relpath));
    if (!astray) return listing;
    throw new UserError(`the listing ${out} leads out of its folder: ${astray.relpath}`, {
      hint: `Delete ${this.files.pathOf(out)} and run the stage again.`,
    });
  }

  async #fetch(out: Digest, wanted: readonly Digest[]): Promise<boolean> {
    let missing = await this.#lacking(wanted);
    for (const layer of this.#layers) {
      if (missing.length === 0) break;
      const start = performance.now();
      await this.#trying(layer, () => layer.fetch(out, missing, this.files));
      const still = new Set(await this.#lacking(missing));
      const came = missing.filter((digest) => !still.has(digest));
      await this.#count(layer, came, performance.now() - start);
      missing = Array.from(still);
    }
    return missing.length === 0;
  }

  async #lacking(wanted: readonly Digest[]): Promise<readonly Digest[]> {
    const once = Array.from(new Set(wanted));
    const found = await mapInParallel(once, (digest) => this.files.has(digest));
    return once.filter((_, index) => !found[index]);
  }

  async #count(layer: CacheLayer, came: readonly Digest[], milliseconds: number): Promise<void> {
    if (came.length === 0) return;
    const sizes = await mapInParallel(came, (digest) => stat(this.files.pathOf(digest)));
    const bytes = sizes.reduce((sum, { size }) => sum + size, 0);
    const before = this.#brought.get(layer.name) ?? { blobs: 0, bytes: 0, milliseconds: 0 };
    this.#brought.set(layer.name, {
      layer: layer.name,
      blobs: before.blobs + came.length,
      bytes: before.bytes + bytes,
      milliseconds: before.milliseconds + milliseconds,
    });
  }

  async #trying(layer: CacheLayer, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      this.#log.warning(`${layer.name} is not used: ${messageOf(thrown)}`);
    }
  }
}

export function md5Digest(hash: string): Digest {
  return `md5:${hash}`;
}

function isListing(out: Digest): boolean {
  return out.endsWith('.dir');
}

function leadsOut(relpath: string): boolean {
  const root = path.resolve('folder');
  return !path.resolve(root, relpath).startsWith(root + path.sep);
}
