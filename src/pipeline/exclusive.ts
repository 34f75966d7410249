import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import {
  copyFile,
  link,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { codeOf, UserError } from '../errors.ts';
import { startOf } from './processes.ts';

/** Of file systems without links. */
const CANNOT_LINK = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** How often the file is touched by whoever holds it. */
const BEAT_MS = 5000;
/** Of another machine or container nobody can tell whether its process lives, but by its beat. */
const SILENCE_MS = 60_000;

/**
 * Runs `work` while no other process runs a pipeline in this workspace.
 * @throws UserError that names the process which does.
 */
export async function exclusively<T>(workspace: string, work: () => Promise<T>): Promise<T> {
  const folder = path.join(workspace, '.model-ci');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, '.gitignore'), '*\n');
  const file = path.join(folder, 'train.pid');
  await acquire(file);
  const beat = setInterval(() => {
    const now = new Date();
    // A full or slow disk is for the work to notice.
    utimes(file, now, now).catch(() => undefined);
  }, BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await rm(file, { force: true });
  }
}

/** The file names the process, when it started (numbers are used again) and its machine. */
async function acquire(file: string): Promise<void> {
  const mine = `${file}.${randomUUID()}`;
  const start = (await startOf(process.pid)) ?? '';
  await writeFile(mine, [process.pid, start, hostname()].join('\n'));
  try {
    // Twice: a file that a killed process left is taken away once, and then it is ours or another's.
    for (const last of [false, true]) {
      // A link appears with all that is in it, so nobody reads a file that says nothing yet.
      if (await linked(mine, file)) return;
      const holder = await readFile(file, 'utf8').catch(() => '');
      if (last || (await isAlive(file, holder))) throw held(file, holder);
      await takeAway(file, holder);
    }
  } finally {
    await rm(mine, { force: true });
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (thrown) {
    if (codeOf(thrown) === 'EEXIST') return false;
    if (!CANNOT_LINK.has(codeOf(thrown) ?? '')) throw thrown;
  }
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL);
    return true;
  } catch (thrown) {
    if (codeOf(thrown) === 'EEXIST') return false;
    throw thrown;
  }
}

/** Takes the file of `holder` away, and puts it back where it is another's by now. */
async function takeAway(file: string, holder: string): Promise<void> {
  const taken = `${file}.${randomUUID()}`;
  try {
    await rename(file, taken);
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return;
    throw thrown;
  }
  if ((await readFile(taken, 'utf8')) !== holder) await linked(taken, file);
  await rm(taken, { force: true });
}

async function isAlive(file: string, holder: string): Promise<boolean> {
  const [pid = '', start = '', host = ''] = holder.split('\n');
  if (host !== '' && host !== hostname()) {
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: 0 }));
    return Date.now() - mtimeMs < SILENCE_MS;
  }
  const now = await startOf(Number(pid));
  return now !== undefined && (now === start || start === '');
}

function held(file: string, holder: string): UserError {
  const [pid = '', , host = ''] = holder.split('\n');
  const where = host === '' || host === hostname() ? '' : ` on ${host}`;
  return new UserError(`process ${pid}${where} runs the pipeline of this folder`, {
    hint: `Wait until it ends, or a minute where its machine is gone. If there is no such process, delete ${file}.`,
  });
}
