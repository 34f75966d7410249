import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { acquireMutex, withMutex } from '../../src/store/mutex.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'model-ci-mutex-'));
  file = path.join(folder, 'account.lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('is held by one at a time, and leaves nothing behind', async () => {
  let [inside, most] = [0, 0];
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise(setImmediate);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, () => withMutex(file, work)));
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

test('comes free where the work fails', async () => {
  await expect(withMutex(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await readdir(folder)).toEqual([]);
});

/** The file as a process that is no more would have left it. */
async function leftBehind(): Promise<string> {
  const release = await acquireMutex(file);
  const [space = '', , owner = ''] = (await readFile(file, 'utf8')).split(' ');
  await release();
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'close');
  return `${space} ${child.pid ?? 0} ${owner}`;
}

test('of a process that was killed here is taken over without a wait', async () => {
  await writeFile(file, await leftBehind());
  const release = await acquireMutex(file, 0);
  await release();
});

test.each([
  ['of a process of another machine', (text: string) => text.replace(/^\S+/, 'elsewhere/pid')],
  ['of a process that lives', (text: string) => text.replace(/ \d+ /, ` ${process.pid} `)],
  ['that says nothing of its owner', () => ''],
  ['that speaks of every process', (text: string) => text.replace(/ \d+ /, ' -1 ')],
])('%s is not taken over', async (_whose, edit) => {
  const text = edit(await leftBehind());
  await writeFile(file, text);
  await expect(acquireMutex(file, 0)).rejects.toThrow(/is held by another process/);
  expect(await readFile(file, 'utf8')).toBe(text);
});
