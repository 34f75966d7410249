import { randomUUID } from 'node:crypto';
import { readFile, readlink, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf, EnvironmentError } from '../errors.ts';

/** Whoever holds the file gives a sign of life this often, and is taken for dead without it. */
const SIGN_MS = 1000;
const DEAD_MS = 8000;

const LONGEST_WAIT_MS = 120_000;
const POLL_MS = [2, 5, 10, 20, 40] as const;

/**
 * Runs `work` while no other process that names the same `file` does. A killed holder is
 * overruled: at once where its death can be seen, after some seconds otherwise. In the moment of
 * overruling two processes may both believe to hold the file, so it must guard an account, not
 * bytes.
 */
export async function withMutex<T>(file: string, work: () => Promise<T>): Promise<T> {
  const release = await acquireMutex(file);
  try {
    return await work();
  } finally {
    await release();
  }
}

/**
 * Waits for its turn; the mutex is held until the returned function was called.
 * @throws EnvironmentError where it does not come free in that time.
 */
export async function acquireMutex(
  file: string,
  longestWaitMs = LONGEST_WAIT_MS,
): Promise<() => Promise<void>> {
  const owner = `${await processSpace()} ${process.pid} ${randomUUID()}`;
  await acquire(file, owner, longestWaitMs);
  const signs = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, SIGN_MS);
  return async () => {
    clearInterval(signs);
    // Held up for so long that another took over: then it is the other's.
    const holder = await readFile(file, 'utf8').catch(() => '');
    if (holder === owner) await rm(file, { force: true });
  };
}

async function acquire(file: string, owner: string, longestWaitMs: number): Promise<void> {
  const start = Date.now();
  for (let attempt = 0; ; attempt++) {
    try {
      await writeFile(file, owner, { flag: 'wx' });
      return;
    } catch (thrown) {
      if (codeOf(thrown) !== 'EEXIST') throw thrown;
    }
    if (await overruleDead(file)) continue;
    if (Date.now() - start > longestWaitMs) {
      throw new EnvironmentError(`${file} is held by another process and does not come free`, {
        hint: 'If no other job runs on this machine, delete it.',
      });
    }
    const pause = POLL_MS[Math.min(attempt, POLL_MS.length - 1)] ?? 0;
    await delay(pause * (0.5 + Math.random()));
  }
}

/** Tells whether the file may have come free by it. */
async function overruleDead(file: string): Promise<boolean> {
  try {
    const { mtimeMs, ino } = await stat(file);
    if (Date.now() - mtimeMs < DEAD_MS && !(await isDead(await readFile(file, 'utf8')))) {
      return false;
    }
    const taken = `${file}.${randomUUID()}`;
    await rename(file, taken);
    const found = await stat(taken);
    if (found.ino === ino) await rm(taken, { force: true });
    // Somebody else was faster, and this is the file of the next holder.
    else await rename(taken, file);
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT') throw thrown;
  }
  return true;
}

/** Whether the owner is a process of our own machine and container that is no more. */
async function isDead(owner: string): Promise<boolean> {
  const [space, pid] = owner.split(' ');
  if (space !== (await processSpace()) || !/^[1-9]\d*$/.test(pid ?? '')) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (thrown) {
    return codeOf(thrown) === 'ESRCH';
  }
}

/** What gives a process its number: Linux has many such spaces, and says which is ours. */
async function processSpace(): Promise<string> {
  const space = await readlink('/proc/self/ns/pid').catch(() => 'pid');
  return `${hostname().replaceAll(' ', '-')}/${space}`;
}
