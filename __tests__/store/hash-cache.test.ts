import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import {
  chmod,
  cp,
  link,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { HashCache } from '../../src/store/hash-cache.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'hashes '));
});
afterEach(() => rm(root, { recursive: true }));

const saved = () => path.join(root, 'hashes');
/** Longer than a clock of the file system ticks. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 80));
const open = (options: { readonly linked?: boolean; readonly folder?: string } = {}) =>
  HashCache.open({ file: saved(), root: options.folder ?? root, algorithm: 'md5', ...options });
const md5Of = async (cache: HashCache, file: string) =>
  cache.hashOf(file, await stat(file, { bigint: true }));
const md5 = (text: string) => createHash('md5').update(text).digest('hex');

/** A hash that no file has: whoever tells it did not read the file. */
const REMEMBERED = '0'.repeat(32);

/** A file that lies there for a while, and a record that says something else of it. */
async function remembered(mode = 0o644, linked = false): Promise<string> {
  const file = path.join(root, 'a b');
  await writeFile(file, 'text');
  await chmod(file, mode);
  await settle();
  const cache = await open({ linked });
  cache.note(file, await stat(file, { bigint: true }), REMEMBERED, Date.now());
  await cache.save();
  return file;
}

/** Another file of that name, with the size and the time of the one before. */
async function replace(file: string, text: string, mode = 0o644): Promise<void> {
  const { atime, mtime } = await stat(file);
  await rm(file);
  await writeFile(file, text);
  await utimes(file, atime, mtime);
  await chmod(file, mode);
}

describe('remembered hashes', () => {
  test('are told of a file that was not touched', async () => {
    const file = await remembered();
    expect(await md5Of(await open(), file)).toBe(REMEMBERED);
  });

  test('are not written down of a file that was touched just now', async () => {
    const file = path.join(root, 'young');
    await writeFile(file, 'text');
    const cache = await open();
    cache.note(file, await stat(file, { bigint: true }), REMEMBERED, Date.now());
    await cache.save();
    expect(await md5Of(await open(), file)).toBe(md5('text'));
  });

  test('are of one folder, and not of its copy', async () => {
    await remembered();
    const copy = path.join(root, 'copy');
    await cp(path.join(root, 'a b'), path.join(copy, 'a b'), { preserveTimestamps: true });
    const cache = await open({ folder: copy });
    // Even of the very inode.
    await rm(path.join(copy, 'a b'));
    await rename(path.join(root, 'a b'), path.join(copy, 'a b'));
    expect(await md5Of(cache, path.join(copy, 'a b'))).toBe(md5('text'));
    expect(
      cache.recall(path.join(copy, 'a b'), await stat(copy, { bigint: true })),
    ).toBeUndefined();
  });

  test.each([
    ['empty', () => ''],
    ['nonsense', () => 'nonsense'],
    ['of an older version', () => `model-ci hashes 1\n${REMEMBERED} 4:1:1:1 a b\n`],
    ['cut short', (text: string) => text.slice(0, -3)],
    ['with one digit changed', (text: string) => text.replace(REMEMBERED, `1${'0'.repeat(31)}`)],
    ['with a line more', (text: string) => `${text}${REMEMBERED} 4:1:1:1 b\n`],
  ])('that are %s mean hashing', async (_how, damage) => {
    const file = await remembered();
    await writeFile(saved(), damage(await readFile(saved(), 'utf8')));
    expect(await md5Of(await open(), file)).toBe(md5('text'));
  });

  test('do not hold for a read-only file that another one took the place of', async () => {
    const file = await remembered(0o444);
    await replace(file, 'TEXT', 0o444);
    expect(await md5Of(await open(), file)).toBe(md5('TEXT'));
  });

  test('of a read-only file hold when it gets another link, where caches share it so', async () => {
    const file = await remembered(0o444, true);
    await link(file, path.join(root, 'elsewhere'));
    expect(await md5Of(await open({ linked: true }), file)).toBe(REMEMBERED);
    expect(await md5Of(await open(), file)).toBe(md5('text'));
  });
});
