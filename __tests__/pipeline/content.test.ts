import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UserError } from '../../src/errors.ts';
import { Contents } from '../../src/pipeline/content.ts';
import { HashCache } from '../../src/pipeline/hash-cache.ts';

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

describe('remembered hashes', () => {
  const settled = () => new Promise((resolve) => setTimeout(resolve, 80));

  async function open() {
    return HashCache.open(path.join(workspace, '.model-ci', 'hashes'), workspace);
  }

  async function md5Of(cache: HashCache, file: string) {
    return cache.hashOf(file, await stat(file, { bigint: true }));
  }

  test('a file that was not touched is not read again', async () => {
    const file = await write('a b', 'text');
    await settled();
    const first = await open();
    const md5 = await md5Of(first, file);
    await first.save();
    // What it remembers is told apart from what it reads by damaging what it remembers.
    const saved = path.join(workspace, '.model-ci', 'hashes');
    const damaged = (await readFile(saved, 'utf8')).replace(md5, '0'.repeat(32));
    await writeFile(saved, damaged);
    expect(await md5Of(await open(), file)).toBe('0'.repeat(32));
  });

  test.each(['', 'nonsense', 'model-ci hashes 1\nxyz\n\n\0\n', 'model-ci hashes 2\n'])(
    'a damaged file of hashes means hashing: %j',
    async (text) => {
      const file = await write('file', 'text');
      await write('.model-ci/hashes', text);
      expect(await md5Of(await open(), file)).toBe(createHash('md5').update('text').digest('hex'));
    },
  );

  test('no change goes unnoticed, whatever its size and time', async () => {
    const change = fc.record({
      text: fc.constantFrom('aaaa', 'bbbb', 'cc', ''),
      keepTime: fc.boolean(),
      wait: fc.boolean(),
      reopen: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 2, maxLength: 6 }), async (changes) => {
        const file = await write('file', 'start');
        let cache = await open();
        for (const { text, keepTime, wait, reopen } of changes) {
          const { atime, mtime } = await stat(file);
          await writeFile(file, text);
          if (keepTime) await utimes(file, atime, mtime);
          if (wait) await settled();
          if (reopen) {
            await cache.save();
            cache = await open();
          }
          const wanted = createHash('md5').update(text).digest('hex');
          expect(await md5Of(cache, file)).toBe(wanted);
        }
      }),
      { numRuns: 25 },
    );
  });
});
