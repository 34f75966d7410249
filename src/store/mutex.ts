import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf, EnvironmentError } from '../errors.ts';

/** Whoever holds the file gives a sign of life this often, and is taken for dead without it. */
const SIGN_MS = 1000;
const DEAD_MS = 8000;

const LONGEST_WAIT_MS = 120_000;
const POLL_MS = [2, 5, 10, 20, 40] as const;

/**
 * Runs `work` while no other process that names the same `file` does. A killed holder is
 * overruled after some seconds. In the moment of overruling two processes may both believe to
 * hold the file, so it must guard an account, not bytes.
 */
export async function withMutex<T>(file: string, work: () => Promise<T>): Promise<T> {
  const owner = randomUUID();
  await acquire(file, owner);
  const signs = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, SIGN_MS);
  try {
    return await work();
  } finally {
    clearInterval(signs);
    // Held up for so long that another took over: then it is the other's.
    const holder = await readFile(file, 'utf8').catch(() => '');
    if (holder === owner) await rm(file, { force: true });
  }
}

async function acquire(file: string, owner: string): Promise<void> {
  const start = Date.now();
  for (let attempt = 0; ; attempt++) {
    try {
      await writeFile(file, owner, { flag: 'wx' });
      return;
    } catch (thrown) {
      if (codeOf(thrown) !== 'EEXIST') throw thrown;
    }
    await overruleDead(file);
    if (Date.now() - start > LONGEST_WAIT_MS) {
      throw new EnvironmentError(`${file} is held by another process and does not come free`, {
        hint: 'If no other job runs on this machine, delete it.',
      });
    }
    const pause = POLL_MS[Math.min(attempt, POLL_MS.length - 1)] ?? 0;
    await delay(pause * (0.5 + Math.random()));
  }
}

async function overruleDead(file: string): Promise<void> {
  try {
    const { mtimeMs, ino } = await stat(file);
    if (Date.now() - mtimeMs < DEAD_MS) return;
    const taken = `${file}.${randomUUID()}`;
    await rename(file, taken);
    const found = await stat(taken);
    if (found.ino === ino) await rm(taken, { force: true });
    // Somebody else was faster, and this is the file of the next holder.
    else await rename(taken, file);
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT') throw thrown;
  }
}
