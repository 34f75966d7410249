import { open, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../errors.ts';
import type { Digest } from '../store/digest.ts';
import { hashFile } from '../store/hash.ts';
import { copyHandle, tryLink } from '../store/transfer.ts';
import { sameBytes, sameFile, stampOf, statOrUndefined, type Stamps } from './stamps.ts';

const EXECUTABLE = 0o100n;

/** Below the number of open files that systems allow by default; further ones are opened in turn. */
const MAX_OPEN = 512;

/**
 * Files as they stood together at one moment, held open: one that is renamed over or deleted while
 * they are copied, which may take minutes, can still be read.
 */
export class HeldFiles {
  readonly #root: string;
  readonly #stamps: Stamps;
  readonly #open = new Map<string, FileHandle>();

  private constructor(root: string, stamps: Stamps) {
    this.#root = root;
    this.#stamps = stamps;
  }

  /** Undefined where they are not those that `stamps` were taken of any more. */
  static async hold(root: string, stamps: Stamps): Promise<HeldFiles | undefined> {
    const held = new HeldFiles(root, stamps);
    for (const name of Array.from(stamps.keys()).slice(0, MAX_OPEN)) {
      const handle = await held.#opened(name);
      if (handle) held.#open.set(name, handle);
      else {
        await held.release();
        return undefined;
      }
    }
    return held;
  }

  /** Copies a file as it was; undefined where it has been written to, or is gone. */
  async copy(
    name: string,
    destination: string,
  ): Promise<{ readonly digest: Digest; readonly executable: boolean } | undefined> {
    const handle = this.#open.get(name) ?? (await this.#opened(name));
    if (!handle) return undefined;
    try {
      const { digest } = (await this.#clone(name, destination))
        ? await hashFile(destination)
        : await copyHandle(handle, destination, 'sha256');
      const status = await handle.stat({ bigint: true });
      if (!sameBytes(stampOf(status), this.#stamps.get(name))) return undefined;
      return { digest, executable: (status.mode & EXECUTABLE) !== 0n };
    } finally {
      this.#open.delete(name);
      await handle.close();
    }
  }

  async release(): Promise<void> {
    for (const handle of this.#open.values()) await handle.close();
    this.#open.clear();
  }

  async #opened(name: string): Promise<FileHandle | undefined> {
    try {
      const handle = await open(path.join(this.#root, name), 'r');
      const status = await handle.stat({ bigint: true });
      if (sameFile(stampOf(status), this.#stamps.get(name))) return handle;
      await handle.close();
    } catch (thrown) {
      if (codeOf(thrown) !== 'ENOENT' && codeOf(thrown) !== 'ENOTDIR') throw thrown;
    }
    return undefined;
  }

  /** Where blocks can be shared, no bytes move. It goes by the name, which must still be the file's. */
  async #clone(name: string, destination: string): Promise<boolean> {
    const file = path.join(this.#root, name);
    try {
      if (!(await tryLink(file, destination, 'reflink'))) return false;
      const status = await statOrUndefined(file);
      if (status && sameFile(stampOf(status), this.#stamps.get(name))) return true;
    } catch (thrown) {
      if (codeOf(thrown) !== 'ENOENT') throw thrown;
    }
    await rm(destination, { force: true });
    return false;
  }
}
