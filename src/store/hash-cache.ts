import type { BigIntStats } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '../project/replace-file.ts';
import { encodedOf, isDigest, type Algorithm } from './digest.ts';
import { hashBytes, hashFile } from './hash.ts';

/** The first word of the file; another version starts anew. */
const HEADER = 'model-ci hashes 2';

/** Lines of files that no run looked at are kept up to here, about 100 MB of text. */
const MAX_ENTRIES = 1_000_000;

/**
 * A file that was changed within this time before it was read may change again without a trace:
 * clocks of file systems tick every few milliseconds, and some know whole seconds only.
 */
const TICK_MS = 50;
const COARSE_TICK_MS = 2000;
const SECOND_NS = 1_000_000_000n;
const MS_NS = 1_000_000n;

const ANY_WRITE = 0o222n;

interface Entry {
  /** In hexadecimal. */
  readonly hash: string;
  readonly stamp: string;
  /** Whether it may be written down; else it holds as long as this process lasts. */
  readonly settled: boolean;
}

export interface HashCacheOptions {
  /** Where it is kept. */
  readonly file: string;
  /** The folder that it speaks of; of another folder it says nothing. */
  readonly root: string;
  readonly algorithm: Algorithm;
  /**
   * Whether a read-only file is what it was although its ctime moved, as each new hard link makes
   * it: for caches that share files by links, in folders where nobody replaces such a file by
   * another of the same size, time and inode.
   */
  readonly linked?: boolean;
}

/**
 * Remembers the hashes of files that have not been touched since, so that finding out that nothing
 * changed does not read gigabytes. Whatever is damaged or unknown is hashed.
 */
export class HashCache {
  readonly #options: HashCacheOptions;
  /** The root, however it is reached. */
  readonly #folder: string;
  readonly #entries: Map<string, Entry>;
  readonly #used = new Set<string>();
  #changed = false;

  private constructor(options: HashCacheOptions, folder: string, entries: Map<string, Entry>) {
    this.#options = options;
    this.#folder = folder;
    this.#entries = entries;
  }

  /** Reads what was kept; nothing where it is not whole, or was of another folder. */
  static async open(options: HashCacheOptions): Promise<HashCache> {
    const folder = await realpath(options.root);
    const text = await readFile(options.file, 'utf8').catch(() => '');
    return new HashCache(options, folder, readEntries(text, folder, options.algorithm));
  }

  /** The hash of a regular file, in hexadecimal; `status` is what `stat` tells of it now. */
  async hashOf(absolute: string, status: BigIntStats): Promise<string> {
    const known = this.recall(absolute, status);
    if (known !== undefined) return known;
    const started = Date.now();
    const hash = encodedOf((await hashFile(absolute, this.#options.algorithm)).digest);
    this.note(absolute, status, hash, started);
    return hash;
  }

  /** The hash, where the file has not been touched since it was noted. */
  recall(absolute: string, status: BigIntStats): string | undefined {
    const name = this.#nameOf(absolute);
    this.#used.add(name);
    const known = this.#entries.get(name);
    return known?.stamp === this.#stampOf(status) ? known.hash : undefined;
  }

  /** Notes what the file hashed to; it was read after `started`, and `status` was so before. */
  note(absolute: string, status: BigIntStats, hash: string, started: number): void {
    const name = this.#nameOf(absolute);
    if (this.#isSettled(status, started)) {
      this.#set(name, { hash, stamp: this.#stampOf(status), settled: true });
    } else if (this.#entries.delete(name)) this.#changed = true;
  }

  /** Takes the word of whoever has just written the file. */
  learn(absolute: string, status: BigIntStats, hash: string): void {
    const name = this.#nameOf(absolute);
    const settled = this.#isSettled(status, Date.now());
    this.#used.add(name);
    this.#set(name, { hash, stamp: this.#stampOf(status), settled });
  }

  #nameOf(absolute: string): string {
    return path.relative(this.#options.root, absolute);
  }

  #set(name: string, entry: Entry): void {
    this.#entries.set(name, entry);
    this.#changed = true;
  }

  /** Where it cannot be written, the next run hashes again. */
  async save(): Promise<void> {
    if (!this.#changed) return;
    // A line ends with its name, so a name that has an end of line in it is not written down.
    const all = Array.from(this.#entries).filter(
      ([name, { settled }]) => settled && !name.includes('\n'),
    );
    const kept = all.length > MAX_ENTRIES ? all.filter(([name]) => this.#used.has(name)) : all;
    const lines = kept.map(([name, { hash, stamp }]) => `${hash} ${stamp} ${name}`);
    try {
      await replaceFile(this.#options.file, textOf(this.#folder, lines));
      this.#changed = false;
    } catch {
      // What it would have saved was only time.
    }
  }

  /**
   * Size, times and inode: whoever writes to a file cannot leave its ctime as it was. The ctime of
   * a file that is shared by links moves with each of them, and such files nobody writes to.
   */
  #stampOf(status: BigIntStats): string {
    const { size, mtimeNs, ctimeNs, ino } = status;
    return `${size}:${mtimeNs}:${this.#isShared(status) ? 'protected' : ctimeNs}:${ino}`;
  }

  #isShared({ mode }: BigIntStats): boolean {
    return this.#options.linked === true && (mode & ANY_WRITE) === 0n;
  }

  #isSettled(status: BigIntStats, read: number): boolean {
    const { mtimeNs, ctimeNs } = status;
    const last = this.#isShared(status) || mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
    const tick = last % SECOND_NS === 0n ? COARSE_TICK_MS : TICK_MS;
    return last / MS_NS + BigInt(tick) < BigInt(read);
  }
}

/** The header with the digest of what follows it, the folder, and a line for each file. */
function textOf(folder: string, lines: readonly string[]): string {
  const body = `${[JSON.stringify(folder), ...lines].join('\n')}\n`;
  return `${HEADER} ${hashBytes(body)}\n${body}`;
}

function readEntries(text: string, folder: string, algorithm: Algorithm): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  const [owner, ...lines] = body.split('\n');
  const sound = text.slice(0, end) === `${HEADER} ${hashBytes(body)}`;
  if (!sound || owner !== JSON.stringify(folder)) return entries;
  for (const line of lines) {
    const [hash = '', stamp, ...name] = line.split(' ');
    if (isDigest(`${algorithm}:${hash}`) && stamp !== undefined) {
      entries.set(name.join(' '), { hash, stamp, settled: true });
    }
  }
  return entries;
}
