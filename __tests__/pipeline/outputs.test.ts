import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Checkout } from '../../src/pipeline/checkout.ts';
import { Contents } from '../../src/pipeline/content.ts';
import { fingerprintOf } from '../../src/pipeline/fingerprint.ts';
import { Outputs } from '../../src/pipeline/outputs.ts';
import { PipelineCache } from '../../src/pipeline/pipeline-cache.ts';
import { RunCache } from '../../src/pipeline/run-cache.ts';
import type { LockedPath } from '../../src/project/lock-file.ts';
import { readPipeline, type Stage } from '../../src/project/pipeline-file.ts';
import type { Log } from '../../src/runner/ports.ts';

const CACHE_FOLDER = '.dvc/cache';

let workspace: string;
let warnings: string[];

beforeEach(async () => {
  workspace = await mkdtemp(path.join(tmpdir(), 'outputs '));
  warnings = [];
});

afterEach(async () => {
  await rm(workspace, { recursive: true });
});

async function write(name: string, text: string): Promise<string> {
  const file = path.join(workspace, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

const read = (name: string) => readFile(path.join(workspace, name), 'utf8');

async function stageOf(yaml: string): Promise<Stage> {
  await write('dvc.yaml', yaml);
  return (await readPipeline(workspace)).stages[0]!;
}

async function open() {
  const contents = await Contents.open(workspace);
  const log = { warning: (message: string) => void warnings.push(message) } as unknown as Log;
  const folder = path.join(workspace, CACHE_FOLDER);
  const cache = new PipelineCache({
    folder,
    links: ['reflink', 'hardlink', 'copy'],
    layers: [],
    log,
  });
  const checkout = new Checkout(contents, cache);
  return { contents, outputs: new Outputs({ workspace, contents, cache, checkout, log }) };
}

async function saved(stage: Stage): Promise<readonly LockedPath[]> {
  const made = await (await open()).outputs.save(stage);
  if ('missing' in made) throw new Error(`${made.missing} is missing`);
  return made.outs;
}

const FOLDER = 'stages:\n  a:\n    cmd: x\n    deps: [in]\n    outs: [out]\n';

async function makeFolder(): Promise<Stage> {
  const stage = await stageOf(FOLDER);
  await write('out/a', 'a\n');
  await write('out/sub/b', 'b\n');
  return stage;
}

async function blobs(): Promise<string[]> {
  const names = await readdir(path.join(workspace, CACHE_FOLDER, 'files', 'md5'), {
    recursive: true,
  });
  return names.filter((name) => name.includes('/')).map((name) => name.replace('/', ''));
}

describe('outputs', () => {
  test('a folder goes to the cache as DVC has it, and comes back whole', async () => {
    const stage = await makeFolder();
    const outs = await saved(stage);
    expect(outs[0]).toMatchObject({ path: 'out', size: 4, files: 2 });
    expect((await blobs()).toSorted()).toEqual(
      [
        '3b5d5c3712955042212316173ccf37be',
        '60b725f10c9c85c70d97880dfe8191b3',
        outs[0]!.md5,
      ].toSorted(),
    );
    await rm(path.join(workspace, 'out'), { recursive: true });
    expect(await (await open()).outputs.restore(stage, outs)).toBe(true);
    expect([await read('out/a'), await read('out/sub/b')]).toEqual(['a\n', 'b\n']);
    await write('out/a', 'edited');
    expect(await (await open()).outputs.restore(stage, outs)).toBe(true);
    expect(await read('out/a')).toBe('a\n');
  });

  test('what replaces an output leaves no other file of it behind', async () => {
    const stage = await makeFolder();
    const outs = await saved(stage);
    await write('out/extra', 'x');
    expect(await (await open()).outputs.restore(stage, outs)).toBe(true);
    expect((await readdir(path.join(workspace, 'out'))).toSorted()).toEqual(['a', 'sub']);
    expect(await readdir(workspace)).not.toContainEqual(expect.stringContaining('restoring'));
  });

  test('a cache that lies is found out, and what stands there stays', async () => {
    const stage = await makeFolder();
    const outs = await saved(stage);
    const blob = path.join(workspace, CACHE_FOLDER, 'files/md5/60/b725f10c9c85c70d97880dfe8191b3');
    await chmod(blob, 0o644);
    await writeFile(blob, 'lie');
    await write('out/a', 'mine');
    expect(await (await open()).outputs.restore(stage, outs)).toBe(false);
    expect(warnings.join()).toContain('holds other bytes');
    expect(await read('out/a')).toBe('mine');
  });

  test('a listing that leads out of its folder is refused', async () => {
    const stage = await makeFolder();
    const evil = '[{"md5": "60b725f10c9c85c70d97880dfe8191b3", "relpath": "../../evil"}]';
    const md5 = `${createHash('md5').update(evil).digest('hex')}.dir`;
    await saved(stage);
    await write(`${CACHE_FOLDER}/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`, evil);
    expect(await (await open()).outputs.restore(stage, [{ path: 'out', md5 }])).toBe(false);
    expect(warnings.join()).toContain('leads out of it');
    await expect(stat(path.join(workspace, '..', 'evil'))).rejects.toThrow();
  });

  test('what the cache lost is put back from outputs that are still right', async () => {
    const stage = await makeFolder();
    const outs = await saved(stage);
    const before = (await blobs()).toSorted();
    await rm(path.join(workspace, CACHE_FOLDER), { recursive: true });
    await (await open()).outputs.refill(stage, outs);
    expect((await blobs()).toSorted()).toEqual(before);
  });

  test('an executable file stays one', async () => {
    const stage = await stageOf(FOLDER);
    const file = await write('out', '#!/bin/sh\n');
    await chmod(file, 0o755);
    const outs = await saved(stage);
    await rm(file);
    expect(await (await open()).outputs.restore(stage, outs)).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o755);
  });
});

test('the run cache has the keys, the values and the text of DVC 3.67.1', async () => {
  const stage = await stageOf(
    'stages:\n  one:\n    cmd:\n      - cp in "out"\n      - echo \'{"a":1}\' > m.json\n' +
      '    deps: [in]\n    params: [lr, size, e]\n    outs: [out]\n' +
      '    metrics:\n      - m.json:\n          cache: false\n',
  );
  await write('in', 'i\n');
  await write('out', 'i\n');
  await write('m.json', '{"a":1}\n');
  await write('params.yaml', 'lr: 1.0\nsize: 3\ne: {size: 1, x: [1e-5, é, true, null]}\n');
  const { contents, outputs } = await open();
  const now = await fingerprintOf(workspace, stage, contents);
  const made = await outputs.save(stage);
  if ('missing' in made) throw new Error(made.missing);
  const runs = new RunCache([path.join(workspace, CACHE_FOLDER, 'runs')]);
  expect(await runs.find(stage, now)).toBeUndefined();
  await runs.save(stage, { ...now, outs: made.outs });
  const key = 'd72c4c6cdad63acf3a5f7b5e58ada94f7727c5b45ab696a338ab24f1f5cf790c';
  expect(await readdir(path.join(workspace, CACHE_FOLDER, 'runs', 'd7', key))).toEqual([
    '4128797f35f802daa5b0602b9965def8d54abf6ba6f29e8a4206e8917e650c39',
  ]);
  expect(await runs.find(stage, now)).toEqual(made.outs);
  const entry = path.join(workspace, CACHE_FOLDER, 'runs', 'd7', key);
  for (const name of await readdir(entry)) await writeFile(path.join(entry, name), '{broken');
  expect(await runs.find(stage, now)).toBeUndefined();
});
