import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { killTest } from '../../bench/pipeline/kill-test.ts';
import { cli, modelCi } from '../cli/model-ci.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'train '));
  // The cache that jobs of a machine share would remember what earlier runs of these tests made.
  process.env.RUNNER_TOOL_CACHE = path.join(root, 'tools');
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

let count = 0;
async function repository(stages: object): Promise<string> {
  const folder = path.join(root, String(count++));
  await mkdir(folder);
  await writeFile(path.join(folder, 'dvc.yaml'), JSON.stringify({ stages }));
  return folder;
}

interface Answer {
  readonly stages: readonly { name: string; state: string; reasons: string[] }[];
}

async function train(folder: string, ...options: string[]) {
  const { code, stdout, stderr } = await modelCi(folder, ['train', '--format', 'json', ...options]);
  if (stdout === '') return { code, stderr, states: {}, reasons: [] };
  const { stages } = JSON.parse(stdout) as Answer;
  const states = Object.fromEntries(stages.map(({ name, state }) => [name, state]));
  return { code, stderr, states, reasons: stages.flatMap(({ reasons }) => reasons) };
}

const own = (options: object) => ({ meta: { 'model-ci': options } });

describe('a failure', () => {
  const stages = {
    bad: { cmd: 'exit 3', outs: ['bad'] },
    after: { cmd: 'true', deps: ['bad'] },
    other: { cmd: 'echo > other', outs: ['other'] },
  };

  test('stops what has not begun', async () => {
    const { code, states } = await train(await repository(stages), '--jobs', '1');
    expect([code, states]).toEqual([1, { bad: 'failed', after: 'blocked', other: 'blocked' }]);
  });

  test('with --keep-going stops only what depends on it', async () => {
    const { states } = await train(await repository(stages), '--jobs', '1', '--keep-going');
    expect(states).toEqual({ bad: 'failed', after: 'blocked', other: 'ran' });
  });
});

test('--single runs a target without what it depends on', async () => {
  const folder = await repository({
    a: { cmd: 'echo > a', outs: ['a'] },
    b: { cmd: 'cp a b', deps: ['a'], outs: ['b'] },
  });
  await writeFile(path.join(folder, 'a'), 'mine');
  expect((await train(folder, 'b', '--single')).states).toEqual({ b: 'ran' });
  expect(await readFile(path.join(folder, 'b'), 'utf8')).toBe('mine');
});

test('retries by exit code, with what was left half done taken away', async () => {
  const folder = await repository({
    flaky: {
      cmd: 'test ! -e out && echo >> out && echo x >> ../tries && test $(wc -l < ../tries) = 3 || exit 75',
      outs: ['out'],
      ...own({ retry: { times: 2, 'exit-codes': [75], 'back-off': '10 ms' } }),
    },
    hopeless: { cmd: 'exit 1', ...own({ retry: { times: 9, 'exit-codes': [75] } }) },
  });
  const { states, stderr } = await train(folder, '--jobs', '1', '--keep-going');
  expect(states).toEqual({ flaky: 'ran', hopeless: 'failed' });
  expect(stderr).toContain('exit code 75; attempt 3 of 3 in 0.02 s');
});

test('a command that hangs is ended at its timeout, with all that left its group', async () => {
  const late = path.join(root, 'late');
  const folder = await repository({
    hangs: {
      cmd: `setsid sh -c "trap '' TERM; sleep 4; echo > '${late}'" & sleep 60`,
      ...own({ timeout: '1s' }),
    },
  });
  const started = performance.now();
  const { states, reasons } = await train(folder, '--grace', '1');
  expect(states).toEqual({ hangs: 'failed' });
  expect(reasons[0]).toContain('not done within its timeout of 1 s');
  await sleep(Math.max(0, 5000 - (performance.now() - started)));
  await expect(readFile(late)).rejects.toThrow('ENOENT');
}, 20_000);

test('each stage has devices of its own, as nvidia-smi lists them', async () => {
  const bin = path.join(root, 'bin');
  await mkdir(bin);
  const smi = '#!/bin/sh\n[ "$1" = --query-gpu=uuid ] && printf "GPU-aa-1\\nGPU-bb-2\\n"\n';
  await writeFile(path.join(bin, 'nvidia-smi'), smi);
  await chmod(path.join(bin, 'nvidia-smi'), 0o755);
  const stage = (name: string, gpus: number) => ({
    cmd: `mkdir lock-$CUDA_VISIBLE_DEVICES && sleep 0.3 && rmdir lock-$CUDA_VISIBLE_DEVICES && echo $CUDA_VISIBLE_DEVICES > ${name}`,
    outs: [name],
    ...own({ gpus }),
  });
  const folder = await repository({
    a: stage('a', 1),
    b: stage('b', 1),
    c: stage('c', 1),
    d: stage('d', 2),
    e: stage('e', 3),
  });
  const environment = { PATH: `${bin}:${process.env.PATH ?? ''}` };
  const ran = await modelCi(folder, ['train', '--jobs', '4', '--keep-going'], environment);
  expect(ran.stdout).toContain('it needs 3 GPUs, and this machine has 2');
  const given = async (name: string) => (await readFile(path.join(folder, name), 'utf8')).trim();
  expect([await given('a'), await given('b')].toSorted()).toEqual(['GPU-aa-1', 'GPU-bb-2']);
  expect((await given('d')).split(',').toSorted()).toEqual(['GPU-aa-1', 'GPU-bb-2']);
  expect(ran.code).toBe(1);
});

test.each([
  [{ gpus: -1 }, 'gpus'],
  [{ checkpoint: '../elsewhere' }, 'leads out of the folder'],
  [{ timeout: 'soon' }, "'soon' is no time such as"],
  [{ launcher: 'mpirun' }, 'launcher'],
  [{ gpu: 1 }, 'gpu'],
])('meta.model-ci %j is refused with its place', async (options, message) => {
  const { code, stderr } = await train(await repository({ a: { cmd: 'true', ...own(options) } }));
  expect(code).toBe(2);
  expect(stderr).toContain(message);
  expect(stderr).toContain('dvc.yaml:1');
});

test('a command that deletes what it depends on fails, and nothing is recorded', async () => {
  const folder = await repository({ a: { cmd: 'rm in; echo > a', deps: ['in'], outs: ['a'] } });
  await writeFile(path.join(folder, 'in'), 'in');
  const { states, reasons } = await train(folder);
  expect(states).toEqual({ a: 'failed' });
  expect(reasons).toEqual(['in, which it depends on, was deleted while it ran']);
  await expect(readFile(path.join(folder, 'dvc.lock'))).rejects.toThrow('ENOENT');
});

test('a flood is shown at its beginning and its end', async () => {
  const cmd = 'echo first; yes flooding | head -c 40000000; echo last; exit 1';
  const { stderr } = await modelCi(await repository({ a: { cmd } }), ['train']);
  expect(stderr.length).toBeLessThan(30_000_000);
  for (const text of ['first', 'lines are left out', 'last']) expect(stderr).toContain(text);
});

test('a lock of a later schema is refused, and left alone', async () => {
  const folder = await repository({ a: { cmd: 'true' } });
  const lock = "schema: '3.0'\nstages: {}\n";
  await writeFile(path.join(folder, 'dvc.lock'), lock);
  const { code, stderr } = await train(folder);
  expect([code, await readFile(path.join(folder, 'dvc.lock'), 'utf8')]).toEqual([2, lock]);
  expect(stderr).toContain('3.0');
});

describe('a folder in which another run', () => {
  function start(folder: string) {
    const child = spawn(process.execPath, [cli, 'train'], { cwd: folder, stdio: 'ignore' });
    return { child, exited: once(child, 'exit') };
  }
  async function until(file: string) {
    for (let tries = 0; tries < 400; tries++) {
      if ((await readFile(file, 'utf8').catch(() => '')) !== '') return;
      await sleep(25);
    }
    throw new Error(`${file} did not come`);
  }

  test('is under way is refused, and one that was killed is cleaned up', async () => {
    const folder = await repository({
      a: { cmd: 'echo > begun; for i in 1 2 3 4 5; do echo $i >> a; sleep 0.5; done', outs: ['a'] },
    });
    const { child, exited } = start(folder);
    await until(path.join(folder, 'begun'));
    const second = await train(folder);
    expect(second.code).toBe(2);
    expect(second.stderr).toContain(`process ${child.pid} runs the pipeline of this folder`);
    child.kill('SIGKILL');
    await exited;
    const third = await train(folder);
    expect(third.stderr).toContain("The last run was killed while 'a' ran");
    expect(third.stderr).toContain('processes still ran and were ended');
    expect(await readFile(path.join(folder, 'a'), 'utf8')).toBe('1\n2\n3\n4\n5\n');
  }, 20_000);
});

test('killed at random moments and resumed on other disks, a pipeline ends as if undisturbed', async () => {
  const { damaged, kills } = await killTest({ kills: 3, seed: 3 });
  expect({ damaged, kills }).toEqual({ damaged: 0, kills: 3 });
}, 60_000);
