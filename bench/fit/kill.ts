/**
 * `model-ci fit` killed by SIGKILL at random moments and started again, over and over: every model
 * must have the bytes of an undisturbed run with the same number of threads.
 * After npm run build: tsx bench/fit/kill.ts [KILLS] [SEED]
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cli } from '../../__tests__/cli/model-ci.ts';
import { circle, npz } from '../../__tests__/training/data-set.ts';
import { random } from '../registry/trial.ts';
import { runtime } from './machine.ts';

const [kills = '100', seed = '1'] = process.argv.slice(2);
const next = random(Number(seed));
const command = [cli, 'fit', '--runtime', runtime];

/** Batch normalisation, dropout, a schedule, early stopping and a last batch that is not full. */
function specOf(threads: number): string {
  return JSON.stringify({
    data: { file: 'data.npz', input: 'x', labels: 'y' },
    model: {
      layers: [
        { dense: 64 },
        'batch-norm',
        'gelu',
        { dropout: 0.2 },
        { dense: 64 },
        'relu',
        { dense: 2 },
      ],
    },
    optimizer: {
      name: 'adamw',
      'learning-rate': 0.001,
      schedule: { name: 'cosine', 'warm-up': 0.1 },
    },
    validation: { share: 0.2 },
    'early-stopping': { patience: 1000 },
    epochs: 400,
    'batch-size': 32,
    threads,
    checkpoint: { 'every-seconds': 0.05 },
    out: 'model.onnx',
  });
}

async function folderFor(threads: number): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fit kill '));
  await writeFile(path.join(folder, 'data.npz'), npz(circle(1100, threads)));
  await writeFile(path.join(folder, 'fit.yaml'), specOf(threads));
  return folder;
}

/** Whether it came to its end; with `after`, it is killed after so many milliseconds. */
async function start(folder: string, after?: number): Promise<'finished' | 'killed'> {
  const child = spawn(process.execPath, command, { cwd: folder, stdio: 'ignore' });
  const exited = once(child, 'exit');
  if (after !== undefined) {
    await Promise.race([exited, sleep(after, undefined, { ref: false })]);
    child.kill('SIGKILL');
  }
  const [code, signal] = (await exited) as [number | null, NodeJS.Signals | null];
  if (signal === 'SIGKILL') return 'killed';
  if (code === 0) return 'finished';
  throw new Error(`fit in ${folder} ended with ${code}`);
}

async function digestOf(folder: string): Promise<string> {
  const bytes = await readFile(path.join(folder, 'model.onnx'));
  return createHash('sha256').update(bytes).digest('hex');
}

const figures = { kills: 0, models: 0, differ: 0, leftovers: 0 };
while (figures.kills < Number(kills)) {
  const threads = 1 + (figures.models % 2);
  const calm = await folderFor(threads);
  const started = performance.now();
  await start(calm);
  const longest = performance.now() - started;
  const folder = await folderFor(threads);
  let ended: 'finished' | 'killed' = 'killed';
  while (ended === 'killed') {
    const after = figures.kills < Number(kills) ? next() * longest : undefined;
    ended = await start(folder, after);
    if (ended === 'killed') figures.kills += 1;
  }
  figures.models += 1;
  if ((await digestOf(folder)) !== (await digestOf(calm))) figures.differ += 1;
  // A killed process may leave a file that it was writing; none of them is the model.
  const left = await readdir(path.join(folder, '.model-ci/checkpoints'));
  figures.leftovers += left.length;
  console.log(JSON.stringify(figures));
}
if (figures.differ > 0) process.exitCode = 1;
