import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { circle, npz } from '../training/data-set.ts';
import { cli, modelCi, root } from './model-ci.ts';

const checkpoint = '.model-ci/checkpoints/model.onnx.safetensors';
const arguments_ = ['fit', '--runtime', path.join(root, 'node_modules/onnxruntime-node')];
const spec = (seed = 0) => `
data: { file: data.npz, input: x, labels: y }
model: { layers: [dense: 64, batch-norm, relu, dropout: 0.1, dense: 64, relu, dense: 2] }
optimizer: { name: adamw, learning-rate: 0.001 }
epochs: 150
batch-size: 32
seed: ${seed}
checkpoint: { every-seconds: 0 }
out: model.onnx
log: log.jsonl
`;

let undisturbed: Buffer;

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'resume '));
  await writeFile(path.join(folder, 'data.npz'), npz(circle(500)));
  await writeFile(path.join(folder, 'fit.yaml'), spec());
  return folder;
}

/** Starts training, sends `signal` after the first checkpoint, and waits for the end. */
async function interrupt(folder: string, signal: NodeJS.Signals): Promise<number | null> {
  const child = spawn(process.execPath, [cli, ...arguments_], { cwd: folder });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  while (!existsSync(path.join(folder, checkpoint))) await sleep(5);
  await sleep(50 * Math.random());
  child.kill(signal);
  return ended;
}

beforeAll(async () => {
  const folder = await freshFolder();
  expect((await modelCi(folder, arguments_)).code).toBe(0);
  undisturbed = await readFile(path.join(folder, 'model.onnx'));
});

describe('an interrupted run', () => {
  test('killed twice, it ends with the same bytes as one that was left alone', async () => {
    const folder = await freshFolder();
    for (let kill = 0; kill < 2; kill++) {
      await interrupt(folder, 'SIGKILL');
      expect(existsSync(path.join(folder, 'model.onnx'))).toBe(false);
    }
    const { code, stderr } = await modelCi(folder, arguments_);
    expect(code).toBe(0);
    expect(stderr).toContain('Going on from the checkpoint');
    expect(await readFile(path.join(folder, 'model.onnx'))).toEqual(undisturbed);
    expect(await readdir(path.join(folder, '.model-ci/checkpoints'))).not.toContain(
      path.basename(checkpoint),
    );
    const log = (await readFile(path.join(folder, 'log.jsonl'), 'utf8')).trim().split('\n');
    expect(log.map((line) => (JSON.parse(line) as { epoch: number }).epoch)).toEqual(
      Array.from({ length: 150 }, (_, index) => index + 1),
    );
  });

  test('on a full disk it says so, and keeps the checkpoint before', async () => {
    const folder = await freshFolder();
    await interrupt(folder, 'SIGKILL');
    const saved = await readFile(path.join(folder, checkpoint));
    // Files may have 8 KiB, which is less than a checkpoint: writing fails as on a full disk.
    const limited = ['-c', 'ulimit -f 8; exec "$@"', 'bash', process.execPath, cli, ...arguments_];
    const child = spawn('bash', limited, { cwd: folder });
    let errors = '';
    child.stderr.on('data', (piece: Buffer) => (errors += piece.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    expect(errors).toContain('cannot be written');
    expect(errors).toContain('Make room');
    expect(code).toBe(3);
    expect(await readFile(path.join(folder, checkpoint))).toEqual(saved);
    expect((await modelCi(folder, arguments_)).code).toBe(0);
    expect(await readFile(path.join(folder, 'model.onnx'))).toEqual(undisturbed);
  });

  test('asked to stop, it says so, keeps its state and goes on', async () => {
    const folder = await freshFolder();
    expect(await interrupt(folder, 'SIGTERM')).toBe(1);
    expect(existsSync(path.join(folder, 'model.onnx'))).toBe(false);
    expect((await modelCi(folder, arguments_)).code).toBe(0);
    expect(await readFile(path.join(folder, 'model.onnx'))).toEqual(undisturbed);
  });

  test('with other settings, or with a damaged checkpoint, it starts from the beginning', async () => {
    const folder = await freshFolder();
    await interrupt(folder, 'SIGKILL');
    const saved = await readFile(path.join(folder, checkpoint));
    await writeFile(path.join(folder, 'fit.yaml'), spec(1));
    const other = await modelCi(folder, arguments_);
    expect(other.stderr).not.toContain('Going on');
    expect(other.code).toBe(0);

    await writeFile(path.join(folder, 'fit.yaml'), spec());
    await writeFile(path.join(folder, checkpoint), saved.subarray(0, saved.length - 1));
    const damaged = await modelCi(folder, arguments_);
    expect(damaged.stderr).not.toContain('Going on');
    expect(await readFile(path.join(folder, 'model.onnx'))).toEqual(undisturbed);
  });
});
