import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Digest } from '../../src/store/digest.ts';
import { hashBytes } from '../../src/store/hash.ts';
import { MachineCache } from '../../src/store/machine-cache.ts';
import { SealedFolder } from '../../src/store/sealed-folder.ts';
import { CorruptBlob, MissingBlob } from '../../src/store/store.ts';
import { jobsAtOnce } from './machine-cache/jobs.ts';

let folder: string;
let own: SealedFolder;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'machine cache '));
  own = new SealedFolder(path.join(folder, 'own'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const cacheOf = (limit: number) => new MachineCache(path.join(folder, 'machine'), limit);

/** A blob of 100 bytes in the job's own folder. */
async function blob(name: string): Promise<Digest> {
  const bytes = Buffer.alloc(100, `${name} `);
  const digest = hashBytes(bytes, 'md5');
  await own.addBytes(digest, bytes);
  return digest;
}

async function kept(cache: MachineCache): Promise<Digest[]> {
  const found: Digest[] = [];
  for await (const { digest } of cache.list()) found.push(digest);
  return found.toSorted();
}

describe('the cache of a machine', () => {
  test('what was used longest ago makes room', async () => {
    const [a, b, c] = [await blob('a'), await blob('b'), await blob('c')];
    const first = cacheOf(250);
    await first.offer(own, [a, b]);
    await first.end();
    const old = new Date(Date.now() - 60_000);
    const { mtime } = await stat(first.blobs.pathOf(b));
    await utimes(first.blobs.pathOf(b), old, mtime);
    const second = cacheOf(250);
    await second.offer(own, [c]);
    expect(await kept(second)).toEqual([a, c].toSorted());
    await second.end();
  });

  test('what a running job holds stays, and what finds no room is not kept', async () => {
    const [a, b, c] = [await blob('a'), await blob('b'), await blob('c')];
    const running = cacheOf(250);
    await running.offer(own, [a, b]);
    const other = cacheOf(250);
    await other.offer(own, [c]);
    expect(await kept(other)).toEqual([a, b].toSorted());
    expect(await other.hold([a, c])).toEqual([a]);
    await running.end();
    await other.end();
    await other.offer(own, [c]);
    expect(await kept(other)).toContain(c);
    await other.end();
  });

  test('a blob that is larger than the limit evicts nothing', async () => {
    const [a, b] = [await blob('a'), await blob('b')];
    const cache = cacheOf(150);
    await cache.offer(own, [a]);
    await cache.end();
    const large = Buffer.alloc(1000, 'x');
    const digest = hashBytes(large, 'md5');
    await own.addBytes(digest, large);
    await cache.offer(own, [digest]);
    expect(await kept(cache)).toEqual([a]);
    expect(await cache.hold([b])).toEqual([]);
    await cache.end();
  });

  test('the reservation of a killed copy is swept after a while and counts until then', async () => {
    const a = await blob('a');
    const cache = cacheOf(150);
    await cache.offer(own, [a]);
    await cache.end();
    const left = path.join(folder, 'machine', 'reservations', 'left');
    await rm(path.dirname(left), { recursive: true, force: true });
    await mkdir(path.dirname(left));
    await writeFile(left, '');
    await truncate(left, 100);
    const b = await blob('b');
    await cache.offer(own, [b]);
    expect(await kept(cache)).toEqual([]);
    await cache.end();
  });
});

describe('sealed blobs', () => {
  test('are handed out by link and known to be whole without reading them', async () => {
    const a = await blob('a');
    const out = path.join(folder, 'out');
    expect(await own.take(a, out, ['hardlink', 'copy'])).toBe('hardlink');
    expect((await stat(out)).ino).toBe((await stat(own.pathOf(a))).ino);
    expect((await stat(out)).mode & 0o777).toBe(0o444);
  });

  test('a write through a link is noticed, and the blob is dropped', async () => {
    const a = await blob('a');
    const out = path.join(folder, 'out');
    await own.take(a, out, ['hardlink']);
    await chmod(out, 0o644);
    await writeFile(out, 'edited in place');
    await chmod(out, 0o444);
    await expect(own.check(a)).rejects.toThrow(CorruptBlob);
    await expect(own.check(a)).rejects.toThrow(MissingBlob);
    expect(await readFile(out, 'utf8')).toBe('edited in place');
  });

  test('a touched blob is read again and sealed again', async () => {
    const a = await blob('a');
    await utimes(own.pathOf(a), new Date(), new Date());
    await own.check(a);
    await expect(own.bytes(a, 1000)).resolves.toHaveLength(100);
  });

  test('other bytes than the digest says are not taken in', async () => {
    const a = await blob('a');
    const file = path.join(folder, 'lie');
    await writeFile(file, 'lie');
    const other = new SealedFolder(path.join(folder, 'other'));
    await expect(other.add(a, file, ['copy'])).rejects.toThrow('should hash to');
    expect(await other.has(a)).toBe(false);
  });
});

test('jobs at once: no corrupt output, none lost, none evicted in use, the limit kept', async () => {
  const { total, peak, limit } = await jobsAtOnce(4, 4, 6e6, 7);
  expect(total).toMatchObject({ corrupt: 0, lost: 0, evicted: 0 });
  expect(total.outs).toBe(total.fetched + total.made);
  expect(peak).toBeLessThanOrEqual(limit);
}, 60_000);
