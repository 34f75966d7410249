import type { BigIntStats } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '../project/replace-file.ts';
import { encodedOf, isDigest, type Algorithm } from '../store/digest.ts';
import { hashFile } from '../store/hash.ts';

/** The first line of the file; another version starts anew. */
const HEADER = 'model-ci hashes 1';

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

/**
 * Remembers the hashes of files that have not been touched since, so that finding out that nothing
 * changed does not read gigabytes. Whatever is damaged or unknown is hashed.
 */
export class HashCache {
  readonly #file: string;
  readonly #root: string;
  readonly #algorithm: Algorithm;
  readonly #entries: Map<string, Entry>;
  readonly #used = new Set<string>();
  #changed = false;

  private constructor(
    file: string,
    root: string,
    algorithm: Algorithm,
    entries: Map<string, Entry>,
  ) {
    this.#file = file;
    this.#root = root;
    this.#algorithm = algorithm;
    this.#entries = entries;
  }

  /** Reads the cache at `file`; the names in it are relative to `root`. */
  static async open(file: string, root: string, algorithm: Algorithm = 'md5'): Promise<HashCache> {
    const text = await readFile(file, 'utf8').catch(() => '');
    const [header, ...lines] = text.split('\n');
    const entries = new Map<string, Entry>();
    if (header !== HEADER) return new HashCache(file, root, algorithm, entries);
    for (const line of lines) {
      const [hash = '', stamp, ...name] = line.split(' ');
      if (isDigest(`${algorithm}:${hash}`) && stamp !== undefined) {
        entries.set(name.join(' '), { hash, stamp, settled: true });
      }
    }
    return new HashCache(file, root, algorithm, entries);
  }

  /** The hash of a regular file, in hexadecimal; `status` is what `stat` tells of it now. */
  async hashOf(absolute: string, status: BigIntStats): Promise<string> {
    const name = path.relative(this.#root, absolute);
    const stamp = stampOf(status);
    this.#used.add(name);
    const known = this.#entries.get(name);
    if (known?.stamp === stamp) return known.hash;
    const started = Date.now();
    const hash = encodedOf((await hashFile(absolute, this.#algorithm)).digest);
    if (isSettled(status, started)) this.#set(name, { hash, stamp, settled: true });
    else if (this.#entries.delete(name)) this.#changed = true;
    return hash;
  }

  /** Takes the word of whoever has just written the file. */
  learn(absolute: string, status: BigIntStats, hash: string): void {
    const name = path.relative(this.#root, absolute);
    const settled = isSettled(status, Date.now());
    this.#used.add(name);
    this.#set(name, { hash, stamp: stampOf(status), settled });
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
      await replaceFile(this.#file, `${[HEADER, ...lines].join('\n')}\n`);
      this.#changed = false;
    } catch {
      // What it would have saved was only time.
    }
  }
}

/**
 * Size, times and inode: whoever writes to a file cannot leave its ctime as it was. But each new
 * hard link moves the ctime of a file that the cache shares, and such files nobody writes to.
 */
function stampOf({ size, mode, mtimeNs, ctimeNs, ino }: BigIntStats): string {
  return `${size}:${mtimeNs}:${isProtected(mode) ? 'protected' : ctimeNs}:${ino}`;
}

function isProtected(mode: bigint): boolean {
  return (mode & ANY_WRITE) === 0n;
}

function isSettled({ mode, mtimeNs, ctimeNs }: BigIntStats, read: number): boolean {
  const last = isProtected(mode) || mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
  const tick = last % SECOND_NS === 0n ? COARSE_TICK_MS : TICK_MS;
  return last / MS_NS + BigInt(tick) < BigInt(read);
}
