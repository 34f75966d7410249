import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../errors.ts';
import { isDigest, type Digest } from './digest.ts';

/** Processes of one folder may run in containers that do not see each other: signs, no pids. */
const SIGN_MS = 20_000;
const DEAD_MS = 120_000;

/** What running jobs use: a file for each job, one digest a line. */
export class Leases {
  readonly #folder: string;
  readonly #file: string;
  readonly #held = new Set<Digest>();
  #signs: NodeJS.Timeout | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.#file = path.join(folder, randomUUID());
  }

  /** Lasts until `end`, or until this process has been dead for a while. */
  async hold(digests: readonly Digest[]): Promise<void> {
    const added = digests.filter((digest) => !this.#held.has(digest));
    if (added.length === 0) return;
    for (const digest of added) this.#held.add(digest);
    await mkdir(this.#folder, { recursive: true });
    // All of them, should another job have taken this one for dead and removed its file.
    const lost = !(await isThere(this.#file));
    const lines = lost ? Array.from(this.#held) : added;
    await appendFile(this.#file, `${lines.join('\n')}\n`);
    this.#signs ??= setInterval(() => {
      const now = new Date();
      utimes(this.#file, now, now).catch(() => undefined);
    }, SIGN_MS).unref();
  }

  async end(): Promise<void> {
    clearInterval(this.#signs);
    this.#signs = undefined;
    this.#held.clear();
    await rm(this.#file, { force: true });
  }

  /** What any job holds now. The files of dead jobs are removed. */
  async held(): Promise<ReadonlySet<Digest>> {
    const held = new Set<Digest>(this.#held);
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const file = path.join(this.#folder, name);
      try {
        const { mtimeMs } = await stat(file);
        if (Date.now() - mtimeMs > DEAD_MS) await rm(file, { force: true });
        else for (const digest of await digestsIn(file)) held.add(digest);
      } catch (thrown) {
        if (codeOf(thrown) !== 'ENOENT') throw thrown;
      }
    }
    return held;
  }
}

async function digestsIn(file: string): Promise<readonly Digest[]> {
  return (await readFile(file, 'utf8')).split('\n').filter(isDigest);
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
