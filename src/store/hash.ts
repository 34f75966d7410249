import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { UserError } from '../errors.ts';
import type { Algorithm, Digest } from './digest.ts';
import { readingMemory } from './reading-memory.ts';

/** Larger reads were not faster when measured, smaller ones were. */
const CHUNK = 1024 * 1024;

/** Buffers that are not in use: allocating 1 MiB a file would cost more than hashing small ones. */
const spare: Buffer[] = [];

export interface Hashed {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
}

/** Hashes a file in constant memory. @throws UserError where it changes meanwhile. */
export async function hashFile(file: string, algorithm: Algorithm = 'sha256'): Promise<Hashed> {
  const handle = await open(file, 'r');
  try {
    const before = await handle.stat({ bigint: true });
    const hashed = await hashHandle(handle, algorithm);
    const after = await handle.stat({ bigint: true });
    if (after.mtimeNs !== before.mtimeNs || after.size !== BigInt(hashed.size)) {
      throw changed(file);
    }
    return hashed;
  } finally {
    await handle.close();
  }
}

/** Hashes from where `handle` stands to its end; `sink` sees each piece before it is reused. */
export async function hashHandle(
  handle: FileHandle,
  algorithm: Algorithm,
  sink?: (piece: Buffer) => Promise<void>,
): Promise<Hashed> {
  const hash = createHash(algorithm);
  let [current, next] = [take(), take()];
  let size = 0;
  let read = await handle.read(current, 0, CHUNK);
  while (read.bytesRead > 0) {
    const piece = current.subarray(0, read.bytesRead);
    // The next piece is read by the thread pool while this one is hashed here.
    const reading = handle.read(next, 0, CHUNK);
    const sinking = sink?.(piece);
    hash.update(piece);
    size += piece.length;
    [, read] = await Promise.all([sinking, reading]);
    [current, next] = [next, current];
  }
  // Not where something failed: a read may still be writing into one of them.
  spare.push(current, next);
  return { digest: `${algorithm}:${hash.digest('hex')}`, size };
}

export function hashBytes(bytes: Uint8Array | string, algorithm: Algorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

function changed(file: string): UserError {
  return new UserError(`${file} changed while it was being read`, {
    hint: 'Wait until whatever writes it has finished, then try again.',
  });
}

function take(): Buffer {
  return spare.pop() ?? readingMemory(CHUNK);
}
