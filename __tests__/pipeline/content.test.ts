import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UserError } from '../../src/errors.ts';
import { Contents } from '../../src/pipeline/content.ts';

let workspace: string;

beforeEach(async () => {
  workspace = await mkdtemp(path.join(tmpdir(), 'contents '));
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

async function contentOf(name: string) {
  return (await Contents.open(workspace)).of(path.join(workspace, name), name);
}

async function refusal(work: Promise<unknown>): Promise<UserError> {
  const thrown: unknown = await work.catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(UserError);
  return thrown as UserError;
}

describe('the content of a path', () => {
  test('a file has its md5, its size, and whether it can be executed', async () => {
    const file = await write('run.sh', 'a\n');
    await chmod(file, 0o755);
    expect((await contentOf('run.sh'))?.locked).toEqual({
      path: 'run.sh',
      md5: '60b725f10c9c85c70d97880dfe8191b3',
      size: 2,
      executable: true,
    });
  });

  test('nothing has none', async () => {
    await write('file', '');
    expect(await contentOf('nothing')).toBeUndefined();
    expect(await contentOf('file/below')).toBeUndefined();
  });

  test('a folder has the md5 that DVC 3.67.1 gives it', async () => {
    await write('data/a', 'a\n');
    await write('data/sub/b', 'b\n');
    await write('data/skip/c', 'c\n');
    await write('data/x.tmp', 'x\n');
    await symlink('a', path.join(workspace, 'data', 'link'));
    await symlink('sub', path.join(workspace, 'data', 'folder-link'));
    await write('.dvcignore', '*.tmp\n/data/skip\n# a comment\n');
    expect((await contentOf('data'))?.locked).toEqual({
      path: 'data',
      md5: 'cd59b9853d403a93fd46ac7c5ca02364.dir',
      size: 6,
      files: 3,
    });
  });

  test('an inner .dvcignore takes back what an outer one ignores', async () => {
    await write('.dvcignore', '*.tmp\n');
    await write('inner/.dvcignore', '!keep.tmp\n');
    await write('inner/data/keep.tmp', '1');
    await write('inner/data/other.tmp', '2');
    expect((await contentOf('inner/data'))?.listing?.map(({ relpath }) => relpath)).toEqual([
      'keep.tmp',
    ]);
  });

  test('a .dvcignore within a folder that is hashed as a whole is refused, as DVC does', async () => {
    await write('data/.dvcignore', '*.tmp\n');
    expect((await refusal(contentOf('data'))).message).toContain('hashed as a whole');
  });

  test('a link that leads nowhere is refused', async () => {
    await write('data/a', 'a');
    await symlink('nowhere', path.join(workspace, 'data', 'broken'));
    expect((await refusal(contentOf('data'))).message).toContain('not a regular file');
  });
});
