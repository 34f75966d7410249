import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readDvcConfig } from '../../src/project/dvc-config.ts';

let workspace: string;

beforeEach(async () => {
  workspace = await mkdtemp(path.join(tmpdir(), 'dvc config '));
  await mkdir(path.join(workspace, '.dvc'));
});

afterEach(async () => {
  await rm(workspace, { recursive: true });
});

const write = (name: string, text: string) => writeFile(path.join(workspace, '.dvc', name), text);

test('without a file there are the defaults of DVC', async () => {
  expect(await readDvcConfig(workspace)).toEqual({
    cacheFolder: path.join(workspace, '.dvc', 'cache'),
    linkTypes: undefined,
    remoteFolder: undefined,
  });
});

test('what dvc config writes is read, and the local file shadows it', async () => {
  await write(
    'config',
    '[core]\n    remote = disk\n[\'remote "disk"\']\n    url = ../../store\n' +
      '[cache]\n    dir = /shared/cache\n    type = hardlink,copy\n',
  );
  await write('config.local', '[cache]\n    dir = "own cache" # mine\n');
  expect(await readDvcConfig(workspace)).toEqual({
    cacheFolder: path.join(workspace, '.dvc', 'own cache'),
    linkTypes: ['hardlink', 'copy'],
    remoteFolder: path.resolve(workspace, '..', 'store'),
  });
});

test('a remote that is no folder is none here', async () => {
  await write('config', '[core]\nremote = s\n[\'remote "s"\']\nurl = s3://bucket/path\n');
  expect((await readDvcConfig(workspace)).remoteFolder).toBeUndefined();
});

test('a line that is no setting is named', async () => {
  await write('config', '[core]\nnonsense\n');
  await expect(readDvcConfig(workspace)).rejects.toMatchObject({
    place: { file: '.dvc/config', line: 2 },
  });
});
