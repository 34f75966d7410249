import type { BigIntStats } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encodedOf } from '../store/digest.ts';
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

interface Entry {
  readonly md5: string;
  /** Size, times and inode: whoever writes to a file cannot leave its ctime as it was. */
  readonly stamp: string;
}

/**
 * Remembers the md5 of files that have not been touched since, so that finding out that nothing
 * changed does not read gigabytes. Whatever is damaged or unknown is hashed.
 */
export class HashCache {
  readonly #file: string;
  readonly #root: string;
  readonly #entries: Map<string, Entry>;
  readonly #used = new Set<string>();
  #changed = false;

  private constructor(file: string, root: string, entries: Map<string, Entry>) {
    this.#file = file;
    this.#root = root;
    this.#entries = entries;
  }

  /** Reads the cache at `file`; the names in it are relative to `root`. */
  static async open(file: string, root: string): Promise<HashCache> {
    const text = await readFile(file, 'utf8').catch(() => '');
    const [header, ...lines] = text.split('\n');
    const entries = new Map<string, Entry>();
    if (header !== HEADER) return new HashCache(file, root, entries);
    for (const line of lines) {
      const [md5, stamp, ...name] = line.split(' ');
      if (md5 !== undefined && /^[0-9a-f]{32}$/.test(md5) && stamp !== undefined) {
        entries.set(name.join(' '), { md5, stamp });
      }
    }
    return new HashCache(file, root, entries);
  }

  /** The md5 of a regular file, in hexadecimal; `status` is what `stat` tells of it now. */
  async md5Of(absolute: string, status: BigIntStats): Promise<string> {
    const name = path.relative(this.#root, absolute);
    const stamp = stampOf(status);
    this.#used.add(name);
    const known = this.#entries.get(name);
    if (known?.stamp === stamp) return known.md5;
    const started = Date.now();
    const md5 = encodedOf((await hashFile(absolute, 'md5')).digest);
    // A line ends with its name, so a name that has an end of line in it is not remembered.
    if (isSettled(status, started) && !name.includes('\n')) {
      this.#entries.set(name, { md5, stamp });
      this.#changed = true;
    } else if (this.#entries.delete(name)) this.#changed = true;
    return md5;
  }

  async save(): Promise<void> {
    if (!this.#changed) return;
    const all = Array.from(this.#entries);
    const kept = all.length > MAX_ENTRIES ? all.filter(([name]) => this.#used.has(name)) : all;
    const lines = kept.map(([name, { md5, stamp }]) => `${md5} ${stamp} ${name}`);
    const temporary = `${this.#file}.${process.pid}.tmp`;
    await mkdir(path.dirname(this.#file), { recursive: true });
    await writeFile(temporary, `${[HEADER, ...lines].join('\n')}\n`);
    await rename(temporary, this.#file);
    this.#changed = false;
  }
}

function stampOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats): string {
  return `${size}:${mtimeNs}:${ctimeNs}:${ino}`;
}

function isSettled({ mtimeNs, ctimeNs }: BigIntStats, read: number): boolean {
  const last = mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
  const tick = last % SECOND_NS === 0n ? COARSE_TICK_MS : TICK_MS;
  return last / MS_NS + BigInt(tick) < BigInt(read);
}
