import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { removeLeftovers } from '../../src/training/checkpoint.ts';

test('what a killed run left half-written goes, and nothing else', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'leftovers '));
  const { pid: dead } = spawnSync(process.execPath, ['--version']);
  const kept = [
    'model.safetensors',
    `model.safetensors.${process.pid}.tmp`,
    `other.safetensors.${dead}.tmp`,
    `model.safetensors.${dead}.tmp.txt`,
  ];
  for (const name of [...kept, `model.safetensors.${dead}.tmp`]) {
    await writeFile(path.join(folder, name), '');
  }
  removeLeftovers(path.join(folder, 'model.safetensors'));
  expect((await readdir(folder)).toSorted()).toEqual(kept.toSorted());
});

test('before the first checkpoint there is nothing to remove', () => {
  removeLeftovers(path.join(tmpdir(), 'no such folder', 'model.safetensors'));
});
