import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hashFile } from '../../src/store/hash.ts';
import { hashFiles, type FileToHash } from '../../src/store/hash-files.ts';

const worker = new URL('./hash-worker.mjs', import.meta.url);
const MIB = 1024 * 1024;

let folder: string;
/** Enough bytes for threads; holes, so that they take no room. */
let files: FileToHash[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hash files '));
  files = await Promise.all(
    [40, 0, 30, 1, 20].map(async (mebibytes, index) => {
      const absolute = path.join(folder, `part ${index}`);
      await writeFile(absolute, `${index}`.repeat(index));
      await truncate(absolute, mebibytes * MIB);
      return { absolute, size: mebibytes * MIB };
    }),
  );
});

afterAll(() => rm(folder, { recursive: true }));

/** A thread that answers without reading shows that the answer is a thread's. */
const liar = new URL(
  `data:text/javascript,${encodeURIComponent(
    "import { parentPort as port } from 'node:worker_threads'; port.on('message', (file) => port.postMessage({ digest: file, size: 1 }));",
  )}`,
);

describe('hashFiles', () => {
  test('gives what hashFile gives, in the order of the files', async () => {
    const expected = await Promise.all(files.map(({ absolute }) => hashFile(absolute)));
    const heard: number[] = [];
    const hashed = await hashFiles(files, { worker, onHashed: ({ size }) => heard.push(size) });
    expect(hashed.map(({ digest, size }) => ({ digest, size }))).toEqual(expected);
    expect(heard.toSorted()).toEqual(expected.map(({ size }) => size).toSorted());
  });

  test('asks threads where there is much to do, and none where there is little', async () => {
    const much = await hashFiles(files, { worker: liar });
    expect(much.map(({ digest }) => digest)).toEqual(files.map(({ absolute }) => absolute));
    const [little] = await hashFiles(files.slice(3, 4), { worker: liar });
    expect(little?.size).toBe(MIB);
  });

  test('goes on without threads where none starts', async () => {
    const missing = new URL('./no-such-worker.mjs', import.meta.url);
    const hashed = await hashFiles(files, { worker: missing });
    expect(hashed.map(({ size }) => size)).toEqual(files.map(({ size }) => size));
  });

  test('tells what is wrong with a file as it is', async () => {
    const gone = { absolute: path.join(folder, 'gone'), size: 80 * MIB };
    await expect(hashFiles([...files, gone], { worker })).rejects.toMatchObject({
      code: 'ENOENT',
      path: gone.absolute,
    });
  });

  test('hashes nothing where there is nothing', async () => {
    expect(await hashFiles([])).toEqual([]);
  });
});
