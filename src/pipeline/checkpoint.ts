import type { BigIntStats } from 'node:fs';
import { chmod, mkdir, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, messageOf } from '../errors.ts';
import type { Log } from '../runner/ports.ts';
import { DirectoryStore } from '../store/directory.ts';
import { hashFile } from '../store/hash.ts';
import { readRecord, writeRecord, type CheckpointRecord } from './checkpoint-record.ts';
import type { Watcher } from './executor.ts';
import { filesBeingWritten } from './processes.ts';

const EXECUTABLE = 0o100n;

/** A checkpoint that is being written when its time comes is looked at again after this. */
const RETRY_MS = 20;

/** More than it takes to hear that a process ended. */
const SETTLE_MS = 5;

/** Where nobody tells whether a file is open: one that is older than this is not written to. */
const SETTLED_MS = 1000n;

/** File -> what changes with each change of it. '' for the checkpoint itself where it is a file. */
type Stamps = ReadonlyMap<string, string>;

interface Options {
  /** The file or folder that the command writes, absolute. */
  readonly file: string;
  /** Where the store keeps this checkpoint and nothing else, absolute. */
  readonly store: string;
  readonly log: Log;
}

/**
 * A file or folder that a command goes on from, kept in a store outside the workspace. The store's
 * record is replaced only once all it names is there, so a kill at any moment leaves a whole one.
 */
export class Checkpoint {
  readonly #file: string;
  readonly #folder: string;
  readonly #store: DirectoryStore;
  readonly #log: Log;
  #record: CheckpointRecord | undefined;
  /** The files as they were when they were saved last. */
  #saved: Stamps = new Map();
  /** The files as they were when the command was told to end. */
  #stopped: Stamps | 'busy' = 'busy';

  constructor({ file, store, log }: Options) {
    this.#file = file;
    this.#folder = store;
    this.#store = new DirectoryStore(store, { put: ['reflink', 'copy'], get: ['reflink', 'copy'] });
    this.#log = log;
  }

  /**
   * Puts the last saved checkpoint in place, and nothing where there is none: what stands there may
   * be half of one. `fresh`: one of a run that came to its end does not count.
   */
  async restore({ fresh }: { readonly fresh: boolean }): Promise<void> {
    this.#record = await readRecord(this.#folder);
    await rm(this.#file, { recursive: true, force: true });
    await mkdir(path.dirname(this.#file), { recursive: true });
    if (!this.#record || (fresh && this.#record.finished)) return;
    const building = `${this.#file}.restoring-${process.pid}`;
    try {
      await rm(building, { recursive: true, force: true });
      for (const { name, digest, executable } of this.#record.files) {
        const destination = path.join(building, name);
        await mkdir(path.dirname(destination), { recursive: true });
        await this.#store.get(digest, destination);
        await chmod(destination, executable ? 0o755 : 0o644);
      }
      await rename(building, this.#file);
      this.#saved = await stampsOf(this.#file);
      this.#log.info(`Goes on from the checkpoint of ${this.#record.saved}`);
    } catch (thrown) {
      await rm(building, { recursive: true, force: true });
      this.#log.warning(`Starts anew, since the checkpoint cannot be read: ${messageOf(thrown)}`);
    }
  }

  /** Saves it every so many milliseconds while `work` runs the command that writes it. */
  async during<T>(every: number, mark: string, work: (watcher: Watcher) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const end = () => {
      controller.abort();
    };
    const saving = this.#saveEvery(every, mark, controller.signal);
    try {
      return await work({
        stopping: async () => {
          end();
          this.#stopped = await this.#look(mark);
        },
        exited: end,
      });
    } finally {
      end();
      await saving;
    }
  }

  async #saveEvery(every: number, mark: string, ended: AbortSignal): Promise<void> {
    const isOver = () => ended.aborted;
    for (let wait = every; !isOver();) {
      await pause(wait, ended);
      const started = Date.now();
      while (!isOver() && !(await this.#saveWhole(mark, isOver))) {
        await pause(Math.min(RETRY_MS, every), ended);
      }
      // A kill before the next one is saved must cost no more than `every`, its saving included.
      wait = Math.max(every - 2 * (Date.now() - started), every / 10);
    }
  }

  /** False where it is being written, and is to be looked at again. */
  async #saveWhole(mark: string, isOver: () => boolean): Promise<boolean> {
    const seen = await this.#look(mark);
    // The end of a command that died while it wrote is heard of a little later.
    await sleep(SETTLE_MS);
    return isOver() || (seen !== 'busy' && this.#save(seen, false));
  }

  /** What stands there now, unless a process of the command is writing it. */
  async #look(mark: string): Promise<Stamps | 'busy'> {
    const stamps = await stampsOf(this.#file);
    return (await this.#isBeingWritten(stamps, mark)) ? 'busy' : stamps;
  }

  /** Saves it after the command came to its end. */
  async saveFinished(): Promise<void> {
    await this.#save(await stampsOf(this.#file), true);
  }

  /**
   * Saves it after the command was stopped. Who was stopped while writing may have left a half: a
   * checkpoint is only what was whole before, or what the command wrote after the signal and then
   * ended in order.
   */
  async saveStopped({ orderly }: { readonly orderly: boolean }): Promise<void> {
    const before = this.#stopped;
    if (before === 'busy') return;
    const stamps = await stampsOf(this.#file);
    if (orderly || sameStamps(stamps, before)) await this.#save(stamps, false);
  }

  async #isBeingWritten(stamps: Stamps, mark: string): Promise<boolean> {
    const open = await filesBeingWritten(mark);
    if (!open) return Array.from(stamps.values()).some((stamp) => !isSettled(stamp));
    const root = await realpath(this.#file).catch(() => this.#file);
    return Array.from(open).some((file) => file === root || file.startsWith(root + path.sep));
  }

  /** False where it changed meanwhile, and is to be looked at again. */
  async #save(stamps: Stamps, finished: boolean): Promise<boolean> {
    if (stamps.size === 0) return true;
    const saved = this.#record && sameStamps(stamps, this.#saved) ? this.#record : undefined;
    if (saved?.finished === finished) return true;
    const isUnchanged = async () => sameStamps(await stampsOf(this.#file), stamps);
    try {
      const files = saved?.files ?? (await this.#putAll(stamps));
      if (!(await isUnchanged())) return false;
      await this.#replaceRecord({ version: 1, saved: new Date().toISOString(), finished, files });
      this.#saved = stamps;
      return true;
    } catch (thrown) {
      if (!(await isUnchanged())) return false;
      this.#log.warning(`The checkpoint could not be saved: ${messageOf(thrown)}`);
      return true;
    }
  }

  async #putAll(stamps: Stamps): Promise<CheckpointRecord['files']> {
    const files: CheckpointRecord['files'] = [];
    for (const name of stamps.keys()) {
      const file = path.join(this.#file, name);
      const { digest } = await hashFile(file);
      await this.#store.put(digest, file);
      const { mode } = await stat(file, { bigint: true });
      files.push({ name, digest, executable: (mode & EXECUTABLE) !== 0n });
    }
    return files;
  }

  async #replaceRecord(record: CheckpointRecord): Promise<void> {
    const before = this.#record;
    await writeRecord(this.#folder, record);
    this.#record = record;
    const kept = new Set(record.files.map(({ digest }) => digest));
    for (const { digest } of before?.files ?? []) {
      if (!kept.has(digest)) await this.#store.remove(digest, new Date()).catch(() => false);
    }
  }
}

async function pause(milliseconds: number, ended: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal: ended }).catch(() => undefined);
}

async function stampsOf(root: string): Promise<Stamps> {
  const stamps = new Map<string, string>();
  const add = async (name: string): Promise<void> => {
    const status = await statOrUndefined(path.join(root, name));
    if (status?.isFile()) stamps.set(name, stampOf(status));
    if (!status?.isDirectory()) return;
    for (const entry of (await readdir(path.join(root, name))).toSorted()) {
      await add(name === '' ? entry : `${name}/${entry}`);
    }
  };
  try {
    await add('');
  } catch (thrown) {
    // A folder that was renamed while it was read: it is not whole now.
    if (codeOf(thrown) !== 'ENOENT') throw thrown;
  }
  return stamps;
}

function stampOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats): string {
  return `${mtimeNs}:${ctimeNs}:${size}:${ino}`;
}

function isSettled(stamp: string): boolean {
  const [modified = '0'] = stamp.split(':');
  return BigInt(modified) / 1_000_000n + SETTLED_MS < BigInt(Date.now());
}

function sameStamps(one: Stamps, other: Stamps): boolean {
  return one.size === other.size && Array.from(one).every(([name, at]) => other.get(name) === at);
}

async function statOrUndefined(file: string): Promise<BigIntStats | undefined> {
  return stat(file, { bigint: true }).catch(whereMissing);
}

function whereMissing(thrown: unknown): undefined {
  if (codeOf(thrown) === 'ENOENT' || codeOf(thrown) === 'ELOOP') return undefined;
  throw thrown;
}
