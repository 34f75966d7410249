import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { appendFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { HeldFiles } from '../../src/pipeline/held-files.ts';
import { stampsOf } from '../../src/pipeline/stamps.ts';
import { hashBytes } from '../../src/store/hash.ts';

let folder: string;
let state: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'held files '));
  state = path.join(folder, 'state');
  await mkdir(state);
  for (const name of ['a', 'b']) await writeFile(path.join(state, name), `first ${name}`);
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const copyOf = (name: string) => path.join(folder, `copy of ${name}`);

async function hold(): Promise<HeldFiles> {
  const held = await HeldFiles.hold(state, await stampsOf(state));
  if (!held) throw new Error('they stood still');
  return held;
}

test('files that are replaced and deleted before they are copied are copied as they were', async () => {
  const held = await hold();
  await writeFile(path.join(state, 'a.tmp'), 'second a');
  await rename(path.join(state, 'a.tmp'), path.join(state, 'a'));
  await rm(path.join(state, 'b'));
  for (const name of ['a', 'b']) {
    const digest = hashBytes(`first ${name}`);
    expect(await held.copy(name, copyOf(name))).toEqual({ digest, executable: false });
    expect(await readFile(copyOf(name), 'utf8')).toBe(`first ${name}`);
  }
  await held.release();
});

test('a file that is written to in its place is not copied', async () => {
  const held = await hold();
  await appendFile(path.join(state, 'a'), ' and more');
  expect(await held.copy('a', copyOf('a'))).toBeUndefined();
  await held.release();
});

test('files that are not those that were looked at are not held', async () => {
  const stamps = await stampsOf(state);
  await writeFile(path.join(state, 'b.tmp'), 'second b');
  await rename(path.join(state, 'b.tmp'), path.join(state, 'b'));
  expect(await HeldFiles.hold(state, stamps)).toBeUndefined();
});
