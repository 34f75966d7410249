import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execute } from '../../src/pipeline/executor.ts';
import type { Log } from '../../src/runner/ports.ts';

let folder: string;
const rest = {
  cancelled: new AbortController().signal,
  mark: 'MODEL_CI_RUN_test',
  grace: 1000,
  timeout: undefined,
};

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "executor's folder "));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function run(command: string, environment: NodeJS.ProcessEnv = {}) {
  const lines: string[] = [];
  const log = { output: (line: string) => lines.push(line) } as unknown as Log;
  const env = { ...process.env, ...environment };
  const outcome = await execute({ command, folder, environment: env, log, ...rest });
  return { outcome, lines };
}

describe('a stage command', () => {
  test('runs in its folder, with its output line by line', async () => {
    const { outcome, lines } = await run('pwd; printf "a\\r\\nb"; echo " ž" >&2; printf end');
    expect(outcome).toEqual({ ended: 'well' });
    expect(lines.toSorted()).toEqual([' ž', 'a', 'bend', folder].toSorted());
  });

  test.each([
    ['exit 3', 'exit code 3'],
    ['kill -9 $$', 'ended by SIGKILL'],
    ['no-such-program-anywhere', 'exit code 127'],
  ])('%s ends badly: %s', async (command, how) => {
    expect((await run(command)).outcome).toMatchObject({ ended: 'badly', how });
  });

  test('without its folder does not run', async () => {
    const log = { output: () => undefined } as unknown as Log;
    const missing = path.join(folder, 'missing');
    const outcome = await execute({
      command: 'true',
      folder: missing,
      environment: {},
      log,
      ...rest,
    });
    expect(outcome).toEqual({ ended: 'badly', how: `there is no folder ${missing}` });
  });

  test('is run by the shell that SHELL names, without its start-up files', async () => {
    await writeFile(path.join(folder, '.bashrc'), 'echo started\n');
    const bash = { SHELL: '/bin/bash', HOME: folder, BASH_ENV: '' };
    expect((await run('[[ a == a ]] && echo ${BASH_VERSION:+bash}', bash)).lines).toEqual(['bash']);
    expect((await run('echo ok', { SHELL: '/usr/sbin/nologin' })).lines).toEqual(['ok']);
    expect((await run('echo ok', { SHELL: '' })).lines).toEqual(['ok']);
  });

  test('leaves nothing running behind it', async () => {
    const late = path.join(folder, 'late.txt');
    const { outcome, lines } = await run(
      `(sleep 1; echo late > '${late.replaceAll("'", `'\\''`)}') & echo done`,
    );
    expect(outcome).toEqual({ ended: 'well' });
    expect(lines).toEqual(['done']);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(existsSync(late)).toBe(false);
  });

  test('that prints a line without an end does not fill the memory', async () => {
    const before = process.memoryUsage().rss;
    const lengths: number[] = [];
    const log = { output: (line: string) => lengths.push(line.length) } as unknown as Log;
    const command = 'head -c 100000000 /dev/zero | tr "\\0" x';
    await execute({ command, folder, environment: process.env, log, ...rest });
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(100_000_000);
    expect(Math.max(...lengths)).toBeLessThan(1024 * 1024);
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024);
  });

  test('passes nothing on to stdin', async () => {
    expect((await run('cat; echo end')).lines).toEqual(['end']);
  });
});

test('the environment is the one that is given', async () => {
  const file = path.join(folder, 'env.txt');
  await run('echo "$ONE-$TWO" > env.txt', { ONE: '1', TWO: 'two words' });
  expect(await readFile(file, 'utf8')).toBe('1-two words\n');
});
