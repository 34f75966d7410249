import { describe, expect, test } from '@jest/globals';
import { zipSync } from 'fflate';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UserError } from '../../src/errors.ts';
import { readNpz } from '../../src/formats/npz.ts';
import { npyBytes } from './npy-writer.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'npz '));
const labels = npyBytes({ descr: '|u1', shape: [3], data: Uint8Array.of(1, 2, 3) });
const zeros = npyBytes({ descr: '|u1', shape: [100_000], data: new Uint8Array(100_000) });

function file(name: string, bytes: Uint8Array): string {
  const target = path.join(folder, name);
  writeFileSync(target, bytes);
  return target;
}

/** The members as a zip; `level` 0 stores them. */
function zip(members: Record<string, Uint8Array>, level: 0 | 6 = 6): Buffer {
  const plain = Object.entries(members).map(([name, bytes]) => [name, new Uint8Array(bytes)]);
  return Buffer.from(zipSync(Object.fromEntries(plain) as Record<string, Uint8Array>, { level }));
}

describe('readNpz', () => {
  test.each([0, 6] as const)('reads all arrays, or those named (level %i)', async (level) => {
    const target = file(
      `set${level}.npz`,
      zip({ 'labels.npy': labels, 'zeros.npy': zeros, 'notes.txt': Buffer.from('x') }, level),
    );
    const all = await readNpz(target);
    expect([...all.keys()]).toEqual(['labels', 'zeros']);
    expect(all.get('labels')?.values).toEqual(Uint8Array.of(1, 2, 3));
    expect([...(await readNpz(target, ['zeros'])).keys()]).toEqual(['zeros']);
  });

  test('a missing array names those there are', async () => {
    const target = file('missing.npz', zip({ 'labels.npy': labels }));
    await expect(readNpz(target, ['images'], 'data/test.npz')).rejects.toMatchObject({
      message: "data/test.npz has no array 'images'",
      hint: 'It holds: labels.',
    });
  });

  test('a changed byte of the values is noticed', async () => {
    const bytes = zip({ 'labels.npy': labels }, 0);
    const at = bytes.indexOf(Buffer.of(1, 2, 3));
    bytes[at] = 9;
    await expect(readNpz(file('changed.npz', bytes))).rejects.toThrow(/checksum is wrong/);
  });

  test('a name twice is refused', async () => {
    const bytes = zip({ 'aa.npy': labels, 'bb.npy': labels });
    for (let at = bytes.indexOf('bb.npy'); at >= 0; at = bytes.indexOf('bb.npy'))
      bytes.write('aa.npy', at);
    await expect(readNpz(file('twice.npz', bytes))).rejects.toThrow(/'aa' twice/);
  });

  test('a member that unpacks to more than it claims is refused', async () => {
    const bytes = zip({ 'zeros.npy': zeros });
    // The uncompressed size in the central directory, 24 bytes after its signature.
    const directory = bytes.indexOf(Buffer.of(0x50, 0x4b, 1, 2));
    bytes.writeUInt32LE(1000, directory + 24);
    await expect(readNpz(file('bomb.npz', bytes))).rejects.toThrow(UserError);
  });

  test('anything that is no archive is one clear error', async () => {
    mkdirSync(path.join(folder, 'folder.npz'));
    const page = file('page.npz', Buffer.from('<!doctype html>'.repeat(50)));
    for (const target of [
      page,
      file('empty.npz', new Uint8Array()),
      path.join(folder, 'none.npz'),
      path.join(folder, 'folder.npz'),
    ]) {
      await expect(readNpz(target, undefined, 'x.npz')).rejects.toThrow(
        /x\.npz cannot be read as \.npz/,
      );
      await expect(readNpz(target)).rejects.toThrow(UserError);
    }
  });

  test('cut anywhere, it is refused', async () => {
    const bytes = zip({ 'labels.npy': labels });
    for (let length = 0; length < bytes.length; length += 7) {
      await expect(readNpz(file('cut.npz', bytes.subarray(0, length)))).rejects.toThrow(UserError);
    }
  });
});
