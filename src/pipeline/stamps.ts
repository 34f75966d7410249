import type { BigIntStats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../errors.ts';

/** What tells a file, as it is now, from what it was and from what it becomes. */
export interface Stamp {
  readonly inode: string;
  readonly size: bigint;
  /** Nanoseconds. */
  readonly modified: bigint;
  /** Nanoseconds. Moves also when another file is renamed over this one. */
  readonly changed: bigint;
}

/** By file. '' for the root itself where that is a file. */
export type Stamps = ReadonlyMap<string, Stamp>;

/** Where nobody tells whether a file is open: one that is older than this is not written to. */
const SETTLED_NS = 1_000_000_000n;

/** The stamps of a file, or of all files below a folder; empty where nothing is there. */
export async function stampsOf(root: string): Promise<Stamps> {
  const stamps = new Map<string, Stamp>();
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

export function stampOf(status: BigIntStats): Stamp {
  const { size, mtimeNs: modified, ctimeNs: changed } = status;
  return { inode: inodeOf(status), size, modified, changed };
}

export function inodeOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

/** Whether the file has the bytes that it had. */
export function sameBytes(one: Stamp | undefined, other: Stamp | undefined): boolean {
  return (
    one?.inode === other?.inode && one?.size === other?.size && one?.modified === other?.modified
  );
}

/** Whether the file also has the name that it had. */
export function sameFile(one: Stamp | undefined, other: Stamp | undefined): boolean {
  return sameBytes(one, other) && one?.changed === other?.changed;
}

export function sameStamps(one: Stamps, other: Stamps): boolean {
  return (
    one.size === other.size &&
    Array.from(one).every(([name, stamp]) => sameFile(stamp, other.get(name)))
  );
}

export function isSettled({ modified }: Stamp): boolean {
  return modified + SETTLED_NS < BigInt(Date.now()) * 1_000_000n;
}

export async function statOrUndefined(file: string): Promise<BigIntStats | undefined> {
  return stat(file, { bigint: true }).catch((thrown: unknown) => {
    if (codeOf(thrown) === 'ENOENT' || codeOf(thrown) === 'ELOOP') return undefined;
    throw thrown;
  });
}
