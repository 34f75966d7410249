/** Real PyTorch under the bundled train action. `npm run test:torch` installs it and runs this. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from '../../cli/model-ci.ts';

const python = path.join(root, '.peers/torch/bin');
const action = process.env.MODEL_CI_TRAIN ?? path.join(root, 'dist/train/index.js');
const EPOCHS = 60;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'torch '));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function repository(name: string, options: object, seconds: number): Promise<string> {
  const where = path.join(folder, name);
  await mkdir(where, { recursive: true });
  await cp(path.join(import.meta.dirname, 'train_ddp.py'), path.join(where, 'train.py'));
  const stage = {
    cmd: `python train.py ${EPOCHS} ${seconds}`,
    deps: ['train.py'],
    outs: ['model.pt'],
    metrics: [{ 'metrics.json': { cache: false } }],
    meta: { 'model-ci': options },
  };
  await writeFile(path.join(where, 'dvc.yaml'), JSON.stringify({ stages: { fit: stage } }));
  return where;
}

/** Runs the action as the runner does; `until` looks at its log and says when to send the signal. */
async function train(
  where: string,
  stop?: { readonly signal: NodeJS.Signals; readonly when: string },
) {
  const child = spawn(process.execPath, [action], {
    cwd: where,
    env: {
      ...process.env,
      PATH: `${python}${path.delimiter}${process.env.PATH ?? ''}`,
      GITHUB_WORKSPACE: where,
      RUNNER_TEMP: path.join(folder, 'temp'),
      INPUT_CACHE: 'false',
      INPUT_CHECKPOINTS: path.join(folder, 'durable'),
    },
  });
  let log = '';
  const collect = (piece: Buffer) => {
    log += piece.toString();
    if (stop && log.includes(stop.when)) child.kill(stop.signal);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, log, epochs: [...log.matchAll(/^epoch (\d+) of/gm)].map(([, n]) => Number(n)) };
}

const metricsOf = async (where: string) =>
  JSON.parse(await readFile(path.join(where, 'metrics.json'), 'utf8')) as {
    loss: number;
    world: number;
    weights: number[];
  };

const isThere = existsSync(path.join(python, 'torchrun'));
const withTorch = isThere ? test : test.skip;
if (!isThere) console.warn('PyTorch is not in .peers/torch: scripts/peers/torch.sh puts it there');

withTorch.each(['SIGTERM', 'SIGKILL'] as const)(
  'killed by %s and resumed on another disk, it ends with the weights of an undisturbed run',
  async (signal) => {
    await mkdir(path.join(folder, 'temp'), { recursive: true });
    const options = { checkpoint: 'state.pt', every: '300 ms' };
    // Another length of an epoch is another command, with a checkpoint of its own.
    const seconds = signal === 'SIGTERM' ? 0.05 : 0.051;
    const killed = await train(await repository(`killed ${signal}`, options, seconds), {
      signal,
      when: 'epoch 30 ',
    });
    expect(killed.code).not.toBe(0);
    const where = await repository(`resumed ${signal}`, options, seconds);
    const resumed = await train(where);
    expect(resumed.log).toContain('Goes on from the checkpoint of');
    expect(resumed.code).toBe(0);
    const repeated = killed.epochs.at(-1)! + 1 - resumed.epochs[0]!;
    console.log(`${signal}: ${killed.epochs.length} epochs, ${repeated} of them done again`);
    // 300 ms are at most 6 epochs of 50 ms, and one that was under way.
    expect(repeated).toBeLessThanOrEqual(7);
    expect(resumed.epochs.at(-1)).toBe(EPOCHS);

    const calm = await repository(`calm ${signal}`, {}, seconds);
    expect((await train(calm)).code).toBe(0);
    expect(await metricsOf(where)).toEqual(await metricsOf(calm));
  },
  120_000,
);

withTorch(
  'launcher: torchrun trains by DDP in two processes, and is one process without it',
  async () => {
    await mkdir(path.join(folder, 'temp'), { recursive: true });
    const both = await repository('ddp', { launcher: 'torchrun', processes: 2 }, 0);
    const ran = await train(both);
    expect({ code: ran.code, log: ran.code === 0 ? '' : ran.log }).toEqual({ code: 0, log: '' });
    const one = await repository('alone', {}, 0);
    expect((await train(one)).code).toBe(0);
    const [ddp, alone] = [await metricsOf(both), await metricsOf(one)];
    expect([ddp.world, alone.world]).toEqual([2, 1]);
    // The mean of the gradients of two halves is the gradient of the whole.
    for (const [index, weight] of ddp.weights.entries()) {
      expect(weight).toBeCloseTo(alone.weights[index]!, 4);
    }
  },
  120_000,
);
