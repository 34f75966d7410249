import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Digest } from '../../src/store/digest.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { hashBytes, hashFile } from '../../src/store/hash.ts';
import { CorruptBlob, MissingBlob } from '../../src/store/store.ts';

let folder: string;
let store: DirectoryStore;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'store '));
  store = new DirectoryStore(path.join(folder, 'blobs'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const file = async (content: string | Buffer, name = 'source'): Promise<string> => {
  const absolute = path.join(folder, name);
  await writeFile(absolute, content);
  return absolute;
};

const damage = async (digest: Digest, content: string) => {
  await chmod(store.pathOf(digest), 0o644);
  await writeFile(store.pathOf(digest), content);
};

const everything = async () => {
  const names = await readdir(store.place, { recursive: true, withFileTypes: true });
  return names.filter((entry) => entry.isFile()).map(({ name }) => name);
};

describe('a directory store', () => {
  test('keeps bytes by their digest and gives them back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (bytes) => {
        const source = await file(Buffer.from(bytes));
        const digest = hashBytes(bytes);
        await store.put(digest, source);
        const target = path.join(folder, 'target');
        await rm(target, { force: true });
        await store.get(digest, target);
        expect(Buffer.compare(await readFile(target), bytes)).toBe(0);
        expect(Buffer.compare(await store.getBytes(digest, 5000), bytes)).toBe(0);
        await store.check(digest);
      }),
      { numRuns: 50 },
    );
  });

  test('takes files larger than its buffers', async () => {
    const content = Buffer.alloc(3 * 1024 * 1024 + 17, 'weights');
    const source = await file(content);
    const { digest, size } = await hashFile(source);
    expect([digest, size]).toEqual([hashBytes(content), content.length]);
    expect(await store.put(digest, source)).toBe('stored');
    await store.get(digest, path.join(folder, 'target'));
    expect((await readFile(path.join(folder, 'target'))).equals(content)).toBe(true);
  });

  test("lays blobs out as DVC's cache does", async () => {
    const source = await file('hello');
    const digest = hashBytes('hello', 'md5');
    await store.put(digest, source);
    expect(store.pathOf(digest)).toBe(
      path.join(store.place, 'md5', '5d', '41402abc4b2a76b9719d911017c592'),
    );
    expect(await readFile(store.pathOf(digest), 'utf8')).toBe('hello');
    const listing: Digest = `${digest}.dir`;
    await store.put(listing, source);
    expect(store.pathOf(listing)).toBe(`${store.pathOf(digest)}.dir`);
    await store.check(listing);
  });

  test('says whether it had the blob', async () => {
    const source = await file('hello');
    const digest = hashBytes('hello');
    expect(await store.has(digest)).toBe(false);
    expect(await store.put(digest, source)).toBe('stored');
    expect(await store.put(digest, source)).toBe('present');
    expect(await store.putBytes(digest, Buffer.from('hello'))).toBe('present');
    expect(await store.has(digest)).toBe(true);
  });

  test('lets nobody write to a blob by accident', async () => {
    const digest = hashBytes('hello');
    await store.put(digest, await file('hello'));
    expect((await stat(store.pathOf(digest))).mode & 0o222).toBe(0);
  });

  test('refuses bytes that are not those of the digest, and keeps nothing of them', async () => {
    const source = await file('other');
    await expect(store.put(hashBytes('hello'), source)).rejects.toThrow(/should hash to/);
    await expect(store.putBytes(hashBytes('hello'), Buffer.from('x'))).rejects.toThrow(
      /should hash/,
    );
    expect(await everything()).toEqual([]);
  });

  test('notices every change of a blob', async () => {
    const digest = hashBytes('hello');
    await store.put(digest, await file('hello'));
    for (const content of ['hellp', '', 'hello ']) {
      await damage(digest, content);
      const target = path.join(folder, 'target');
      await expect(store.get(digest, target)).rejects.toBeInstanceOf(CorruptBlob);
      await expect(stat(target)).rejects.toThrow(/ENOENT/);
      await expect(store.getBytes(digest, 100)).rejects.toBeInstanceOf(CorruptBlob);
      await expect(store.check(digest)).rejects.toBeInstanceOf(CorruptBlob);
    }
  });

  test('mends a damaged blob when it is stored again', async () => {
    const source = await file('hello');
    const digest = hashBytes('hello');
    await store.put(digest, source);
    await damage(digest, 'hellp');
    expect(await store.put(digest, source)).toBe('repaired');
    await store.check(digest);
  });

  test('says what is missing', async () => {
    const digest = hashBytes('hello');
    await expect(store.get(digest, path.join(folder, 'x'))).rejects.toBeInstanceOf(MissingBlob);
    await expect(store.getBytes(digest, 9)).rejects.toBeInstanceOf(MissingBlob);
    await expect(store.check(digest)).rejects.toBeInstanceOf(MissingBlob);
    await expect(store.put(digest, path.join(folder, 'none'))).rejects.toThrow(/ENOENT/);
  });

  test('overwrites no file of the user', async () => {
    const digest = hashBytes('hello');
    await store.put(digest, await file('hello'));
    const target = await file('precious', 'target');
    await expect(store.get(digest, target)).rejects.toThrow(/EEXIST/);
    expect(await readFile(target, 'utf8')).toBe('precious');
  });

  test('does not read a small blob that has grown', async () => {
    const digest = hashBytes('hello');
    await store.put(digest, await file('hello'));
    await damage(digest, 'x'.repeat(1000));
    await expect(store.getBytes(digest, 100)).rejects.toBeInstanceOf(CorruptBlob);
  });

  test("is not led astray by a folder or a stray file in a blob's place", async () => {
    const digest = hashBytes('hello');
    await mkdir(store.pathOf(digest), { recursive: true });
    await writeFile(path.join(store.place, 'sha256', 'README'), 'stray');
    expect(await store.has(digest)).toBe(false);
    const listed = [];
    for await (const blob of store.list()) listed.push(blob);
    expect(listed).toEqual([]);
  });

  test('takes many writers of the same blob at once', async () => {
    const source = await file(Buffer.alloc(2_000_000, 1));
    const { digest } = await hashFile(source);
    const results = await Promise.all(Array.from({ length: 8 }, () => store.put(digest, source)));
    expect(results).toContain('stored');
    await store.check(digest);
    expect(await everything()).toHaveLength(1);
  });

  test('notices a file that changes under it', async () => {
    const source = await file(Buffer.alloc(64 * 1024 * 1024, 1));
    const { digest } = await hashFile(source);
    const storing = store.put(digest, source);
    const changing = (async () => {
      for (let i = 0; i < 20; i++) await writeFile(source, 'x', { flag: 'a' });
    })();
    await expect(storing).rejects.toThrow(/changed|should hash to/);
    await changing;
    expect(await everything()).toEqual([]);
  });

  test('links where it was told to and can', async () => {
    const linking = new DirectoryStore(store.place, {
      put: ['hardlink', 'copy'],
      get: ['reflink', 'hardlink', 'copy'],
    });
    const source = await file('hello');
    const digest = hashBytes('hello');
    await linking.put(digest, source);
    expect((await stat(source)).ino).toBe((await stat(linking.pathOf(digest))).ino);
    await linking.get(digest, path.join(folder, 'target'));
    expect(await readFile(path.join(folder, 'target'), 'utf8')).toBe('hello');
  });
});

describe('a place that cannot be used', () => {
  test('is named, with what to do', async () => {
    const source = await file('hello');
    const blocked = new DirectoryStore(path.join(source, 'below', 'a', 'file'));
    await expect(blocked.put(hashBytes('hello'), source)).rejects.toMatchObject({
      name: 'EnvironmentError',
      message: expect.stringContaining('a part of its path is a file'),
    });
    const full = new DirectoryStore('/dev/full');
    await expect(full.putBytes(hashBytes('hello'), Buffer.from('hello'))).rejects.toMatchObject({
      name: 'EnvironmentError',
    });
  });
});

describe('removing blobs', () => {
  const soon = () => new Date(Date.now() + 60_000);

  test('takes only what nobody used since', async () => {
    const digest = hashBytes('hello');
    await store.put(digest, await file('hello'));
    expect(await store.remove(digest, new Date(Date.now() - 60_000))).toBe(false);
    expect(await store.has(digest)).toBe(true);
    expect(await store.remove(digest, soon())).toBe(true);
    expect(await everything()).toEqual([]);
  });

  test('leaves a blob that was stored again in the meantime', async () => {
    const source = await file('hello');
    const digest = hashBytes('hello');
    await store.put(digest, source);
    const old = new Date('2020-01-01');
    await utimes(store.pathOf(digest), old, old);
    await store.put(digest, source);
    expect(await store.remove(digest, new Date(Date.now() - 60_000))).toBe(false);
    await store.check(digest);
  });

  test('sweeps what interrupted writers left', async () => {
    await store.put(hashBytes('hello'), await file('hello'));
    await rename(await file('half a blob'), path.join(store.place, 'tmp', 'half'));
    expect(await store.sweep(new Date(0))).toBe(0);
    expect(await store.sweep(soon())).toBe(1);
    expect(await store.has(hashBytes('hello'))).toBe(true);
  });
});

describe('pins', () => {
  test('are kept, replaced, listed and removed', async () => {
    await store.pins.write({ name: 'ab', text: 'one', blobs: [] });
    await store.pins.write({ name: 'ab', text: 'two', blobs: [] });
    await store.pins.write({ name: 'cd', text: 'three', blobs: [] });
    const listed = [];
    for await (const { name, text } of store.pins.list()) listed.push([name, text]);
    expect(listed).toEqual([
      ['ab', 'two'],
      ['cd', 'three'],
    ]);
    await store.pins.remove('ab');
    await store.pins.remove('ab');
    await expect(store.pins.write({ name: '../x', text: '', blobs: [] })).rejects.toThrow(
      /no name/,
    );
  });
});
