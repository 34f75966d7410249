import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { perTest } from '../services/temporary.ts';

const { folder } = perTest();

interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the probe at a terminal that knows no colour. */
async function probe(...argv: string[]): Promise<Finished> {
  const cwd = await folder();
  const loader = fileURLToPath(import.meta.resolve('tsx'));
  const entry = fileURLToPath(new URL('probe.ts', import.meta.url));
  const { PATH } = process.env;
  return await new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--import', loader, entry, 'local', ...argv],
      { cwd, env: { PATH, HOME: cwd, NO_COLOR: '1' } },
      (_error, stdout, stderr) => {
        resolve({ exitCode: child.exitCode ?? -1, stdout, stderr });
      },
    );
  });
}

describe('a command', () => {
  test('prints its report on stdout and ends with 0', async () => {
    expect(await probe('--say', 'hello', 'a', 'b')).toEqual({
      exitCode: 0,
      stdout: 'said: hello a b\n',
      stderr: '',
    });
  });

  test('prints nothing but JSON with --format json', async () => {
    const { stdout, stderr } = await probe('--do', 'annotate', '--format', 'json');
    expect(JSON.parse(stdout)).toEqual({ said: 'annotated' });
    expect(stderr).toBe('warning hello:7 hello\n');
  });

  test('ends with 1 where the check failed', async () => {
    expect((await probe('--do', 'fail')).exitCode).toBe(1);
  });

  test('tells with --help what it takes, without the secrets', async () => {
    const { exitCode, stdout } = await probe('--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Usage  model-ci probe [NAMES ...] [options]');
    expect(stdout).toMatch(/--size N +How much to say \[1\]/);
    expect(stdout).not.toContain('github-token');
    expect(await probe('-h')).toMatchObject({ exitCode: 0, stdout });
  });

  test('knows where it stands without a repository', async () => {
    const { stdout } = await probe('--do', 'event', '--format', 'json');
    const { said } = JSON.parse(stdout) as { said: string };
    expect(JSON.parse(said)).toMatchObject({ name: 'local', ref: '', commit: '' });
  });

  test('keeps artifacts in a folder', async () => {
    const { stdout } = await probe('--do', 'artifact', '--say', 'report');
    expect(stdout.trim()).toContain(path.join('.model-ci', 'artifacts', 'report'));
  });
});

describe('wrong usage ends with 2 and says what to do:', () => {
  test.each([
    ['an unknown flag', ['--sya', 'x'], "Unknown option '--sya'", '--help'],
    ['a value that is no choice', ['--do', 'dance'], "input 'do' is 'dance'", 'pass, fail'],
    ['a number out of range', ['--size', '0'], "input 'size' is '0'", 'from 1 to'],
    ['an unknown format', ['--format', 'xml'], "--format is 'xml'", 'text or json'],
    ['a flag without its value', ['--say'], 'argument missing', '--help'],
    ['a secret', ['--github-token', 'x'], "Unknown option '--github-token'", '--help'],
    ["a user's mistake", ['--do', 'mistake', '--say', 'bad'], 'error dvc.yaml:3 bad', 'Mend it.'],
  ])('%s', async (_what, argv, message, hint) => {
    const { exitCode, stdout, stderr } = await probe(...argv);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe('exit code 3', () => {
  test('means a broken environment, with what to do', async () => {
    const { exitCode, stderr } = await probe('--do', 'broken', '--say', 'no network');
    expect(exitCode).toBe(3);
    expect(stderr).toBe('error no network\nTry again later.\n');
  });

  test('or a bug, with its stack', async () => {
    const { exitCode, stderr } = await probe('--do', 'bug', '--say', 'oops');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/This is a bug in model-ci.*TypeError: oops\n\s+at /s);
  });
});

test('escape sequences in text never reach the terminal', async () => {
  const { stderr, stdout } = await probe(
    '--do',
    'annotate',
    '--say',
    '\u001b[2Jx\u0007\u009b1;1Hy',
  );
  // eslint-disable-next-line no-control-regex -- that is what is looked for
  expect(stderr + stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
});
