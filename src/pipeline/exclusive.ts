import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, UserError } from '../errors.ts';

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
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function acquire(file: string): Promise<void> {
  // Twice: a file that a killed process left is taken away once, and then it is ours or another's.
  for (const last of [false, true]) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' });
      return;
    } catch (thrown) {
      if (codeOf(thrown) !== 'EEXIST') throw thrown;
    }
    const holder = Number(await readFile(file, 'utf8').catch(() => ''));
    if (last || isAlive(holder)) {
      throw new UserError(`process ${holder} runs the pipeline of this folder`, {
        hint: `Wait until it ends. If there is no such process, delete ${file}.`,
      });
    }
    await rm(file, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return codeOf(thrown) === 'EPERM';
  }
}
