import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { changedFiles, touched } from '../../src/lint/changed.ts';
import { discover } from '../../src/lint/discover.ts';

const POINTER = (size: number) =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize ${size}\n`;

let repository: string;

beforeEach(() => {
  repository = mkdtempSync(path.join(tmpdir(), 'changed-'));
  git('init', '-q', '-b', 'main');
});

afterEach(() => {
  rmSync(repository, { recursive: true });
});

function git(...given: readonly string[]): string {
  const identity = [
    '-c',
    'user.name=t',
    '-c',
    'user.email=t@example.org',
    '-c',
    'commit.gpgsign=false',
  ];
  return execFileSync('git', [...identity, ...given], { cwd: repository, encoding: 'utf8' });
}

function write(name: string, content: string): void {
  mkdirSync(path.dirname(path.join(repository, name)), { recursive: true });
  writeFileSync(path.join(repository, name), content);
}

function commit(): void {
  git('add', '-A');
  git('commit', '-q', '-m', 'x');
}

/** Commits `files`, then merges a branch with `change` as GitHub does; what is linted then. */
async function linted(
  files: Readonly<Record<string, string>>,
  change: () => void,
): Promise<string[]> {
  for (const [name, content] of Object.entries(files)) write(name, content);
  commit();
  git('checkout', '-q', '-b', 'topic');
  change();
  commit();
  git('checkout', '-q', 'main');
  git('merge', '-q', '--no-ff', '-m', 'merge', 'topic');
  const changed = await changedFiles(repository);
  if (!changed) throw new Error('Git could not tell');
  return touched(await discover(repository, []), changed).map(({ shown }) => shown);
}

describe('a pull request lints the models that it touches', () => {
  const two = { 'a/m.onnx': 'a', 'b/m.onnx': 'b' };

  test('changed, and not others', async () => {
    expect(
      await linted(two, () => {
        write('b/m.onnx', 'c');
      }),
    ).toEqual(['b/m.onnx']);
  });

  test.each(['b/README.md', 'b/config.json', 'b/weights.bin', 'b/variables/variables.data'])(
    'by a change of %s',
    async (name) => {
      const found = await linted(two, () => {
        write(name, 'x');
      });
      expect(found).toContain('b/m.onnx');
      expect(found).not.toContain('a/m.onnx');
    },
  );

  test('by the loss of a file beside it', async () => {
    const files = { ...two, 'b/weights.bin': 'x' };
    const change = () => {
      rmSync(path.join(repository, 'b/weights.bin'));
    };
    expect(await linted(files, change)).toEqual(['b/m.onnx']);
  });

  test('where it was renamed to, and what it was renamed away from', async () => {
    const files = {
      ...two,
      'a/shard.safetensors': 'a long enough content to be a rename'.repeat(9),
    };
    const change = () => {
      mkdirSync(path.join(repository, 'c'));
      renameSync(
        path.join(repository, 'a/shard.safetensors'),
        path.join(repository, 'c/s.safetensors'),
      );
    };
    expect(await linted(files, change)).toEqual(['a/m.onnx', 'c/s.safetensors']);
  });

  test('by a pointer of Git LFS that names another content', async () => {
    const files = { ...two, 'b/m.safetensors': POINTER(1) };
    const found = await linted(files, () => {
      write('b/m.safetensors', POINTER(2));
    });
    expect(found).toEqual(['b/m.onnx', 'b/m.safetensors']);
  });

  test.each([
    'new\nline',
    'quo"te',
    "apo'strophe",
    'tab\t',
    'ünï ☃',
    '-dash',
    ' space',
    '::error::',
  ])('in a folder called %j', async (folder) => {
    const found = await linted(two, () => {
      write(`${folder}/m.onnx`, 'x');
    });
    expect(found).toEqual([`${folder}/m.onnx`]);
  });

  test('all of them by a change of the policy', async () => {
    const found = await linted(two, () => {
      write('.github/model-ci.yml', 'lint: {}\n');
    });
    expect(found).toEqual(['a/m.onnx', 'b/m.onnx']);
  });
});

test('without a merge, or without Git, nothing is left out', async () => {
  write('a/m.onnx', 'a');
  commit();
  expect(await changedFiles(repository)).toBeUndefined();
  rmSync(path.join(repository, '.git'), { recursive: true });
  expect(await changedFiles(repository)).toBeUndefined();
});
