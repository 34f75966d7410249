import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import type { Log } from '../runner/ports.ts';
import { DirectoryStore } from '../store/directory.ts';
import {
  readRecord,
  removeRecord,
  writeRecord,
  type CheckpointRecord,
} from './checkpoint-record.ts';
import type { Watcher } from './executor.ts';
import { HeldFiles } from './held-files.ts';
import { inodesBeingWritten } from './processes.ts';
import { isSettled, sameStamps, stampsOf, type Stamps } from './stamps.ts';

/** What a killed run left of a copy is swept after this. */
const ABANDONED_MS = 60 * 60_000;

/** A checkpoint that is being written when its time comes is looked at again after this. */
const RETRY_MS = 20;

/** More than it takes to hear that a process ended. */
const SETTLE_MS = 5;

/** What is left of the slowest saving at the next one. */
const MEMORY = 0.8;

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
  readonly file: string;
  readonly #folder: string;
  readonly #store: DirectoryStore;
  readonly #log: Log;
  #record: CheckpointRecord | undefined;
  /** The files as they were when they were saved last. */
  #saved: Stamps = new Map();
  /** The files as they were when the command was told to end. */
  #stopped: Stamps | 'busy' = 'busy';

  constructor({ file, store, log }: Options) {
    this.file = file;
    this.#folder = store;
    this.#store = new DirectoryStore(store, {
      put: ['hardlink', 'copy'],
      get: ['reflink', 'copy'],
    });
    this.#log = log;
  }

  /**
   * Puts the last saved checkpoint in place, and nothing where there is none: what stands there may
   * be half of one. `fresh`: one of a run that came to its end does not count.
   */
  async restore({ fresh }: { readonly fresh: boolean }): Promise<void> {
    this.#record = await readRecord(this.#folder);
    await this.#store.sweep(new Date(Date.now() - ABANDONED_MS)).catch(() => 0);
    await rm(this.file, { recursive: true, force: true });
    await mkdir(path.dirname(this.file), { recursive: true });
    if (!this.#record || (fresh && this.#record.finished)) return;
    const building = `${this.file}.restoring-${process.pid}`;
    try {
      await rm(building, { recursive: true, force: true });
      for (const { name, digest, executable } of this.#record.files) {
        const destination = path.join(building, name);
        await mkdir(path.dirname(destination), { recursive: true });
        await this.#store.get(digest, destination);
        await chmod(destination, executable ? 0o755 : 0o644);
      }
      await rename(building, this.file);
      this.#saved = await stampsOf(this.file);
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
          const stamps = await stampsOf(this.file);
          this.#stopped = (await isBeingWritten(stamps, mark)) ? 'busy' : stamps;
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
    // Early, since nobody knows yet how long it takes.
    let wait = every / 4;
    let slowest = 0;
    while (!isOver()) {
      await pause(wait, ended);
      const started = performance.now();
      while (!isOver() && !(await this.#saveWhole(mark, isOver))) {
        await pause(Math.min(RETRY_MS, every), ended);
      }
      // A kill before the next one is saved must cost no more than `every`, the saving of both
      // included. How long it takes varies: a slow one is remembered for a while.
      slowest = Math.max(performance.now() - started, slowest * MEMORY);
      wait = Math.max(every - 2 * slowest, every / 10);
    }
  }

  /** False where it is being written, and is to be looked at again. */
  async #saveWhole(mark: string, isOver: () => boolean): Promise<boolean> {
    const stamps = await stampsOf(this.file);
    // Held before anything else is asked: some commands write a new one every few milliseconds.
    const held = await HeldFiles.hold(this.file, stamps);
    if (!held) return false;
    try {
      if (await isBeingWritten(stamps, mark)) return false;
      // The end of a command that died while it wrote is heard of a little later.
      await sleep(SETTLE_MS);
      return isOver() || (await this.#save(stamps, held, false));
    } finally {
      await held.release();
    }
  }

  /** Saves it after the command came to its end. */
  async saveFinished(): Promise<void> {
    await this.#saveNow(await stampsOf(this.file), true);
  }

  /** Forgets what was saved. */
  async discard(): Promise<void> {
    try {
      // The record first: it never names what is gone.
      await removeRecord(this.#folder);
      await rm(this.#folder, { recursive: true, force: true });
    } catch (thrown) {
      this.#log.warning(`The finished checkpoint could not be deleted: ${messageOf(thrown)}`);
    }
  }

  /**
   * Saves it after the command was stopped. Who was stopped while writing may have left a half: a
   * checkpoint is only what was whole before, or what the command wrote after the signal and then
   * ended in order.
   */
  async saveStopped({ orderly }: { readonly orderly: boolean }): Promise<void> {
    const before = this.#stopped;
    if (before === 'busy') return;
    const stamps = await stampsOf(this.file);
    if (orderly || sameStamps(stamps, before)) await this.#saveNow(stamps, false);
  }

  /** Nothing runs any more that could change it. */
  async #saveNow(stamps: Stamps, finished: boolean): Promise<void> {
    const held = await HeldFiles.hold(this.file, stamps);
    try {
      if (held) await this.#save(stamps, held, finished);
    } finally {
      await held?.release();
    }
  }

  /** False where it was written to meanwhile, and is to be looked at again. */
  async #save(stamps: Stamps, held: HeldFiles, finished: boolean): Promise<boolean> {
    if (stamps.size === 0) return true;
    const saved = this.#record && sameStamps(stamps, this.#saved) ? this.#record : undefined;
    if (saved?.finished === finished) return true;
    try {
      const files = saved?.files ?? (await this.#putAll(stamps, held));
      if (!files) return false;
      await this.#replaceRecord({ version: 1, saved: new Date().toISOString(), finished, files });
      this.#saved = stamps;
    } catch (thrown) {
      this.#log.warning(`The checkpoint could not be saved: ${messageOf(thrown)}`);
    }
    return true;
  }

  /** Undefined where one of the files is not what it was. */
  async #putAll(stamps: Stamps, held: HeldFiles): Promise<CheckpointRecord['files'] | undefined> {
    const files: CheckpointRecord['files'] = [];
    const copy = path.join(this.#folder, 'tmp', randomUUID());
    await mkdir(path.dirname(copy), { recursive: true });
    try {
      for (const name of stamps.keys()) {
        const copied = await held.copy(name, copy);
        if (!copied) return undefined;
        await this.#store.put(copied.digest, copy);
        await rm(copy);
        files.push({ name, ...copied });
      }
      return files;
    } finally {
      await rm(copy, { force: true });
    }
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

async function isBeingWritten(stamps: Stamps, mark: string): Promise<boolean> {
  const open = await inodesBeingWritten(mark);
  return Array.from(stamps.values()).some((stamp) =>
    open ? open.has(stamp.inode) : !isSettled(stamp),
  );
}

async function pause(milliseconds: number, ended: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal: ended }).catch(() => undefined);
}
