import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readSoundModel } from '../../src/onnx/read.ts';
import { digits, float32, npz } from '../training/data-set.ts';
import { fitRig, runtime, specText, type FitRig } from './fit-rig.ts';
import { modelCi, root } from './model-ci.ts';

let folder: string;
let fit: FitRig['fit'];

beforeAll(async () => {
  ({ folder, fit } = await fitRig());
});

const digest = async (file: string) =>
  createHash('sha256')
    .update(await readFile(path.join(folder, file)))
    .digest('hex');

describe('model-ci fit', () => {
  test('learns, writes model, metrics and log, and leaves nothing else', async () => {
    const { code, report } = await fit({
      metrics: 'a/metrics.json',
      log: 'a/log.jsonl',
      out: 'a/m.onnx',
    });
    expect(code).toBe(0);
    const { epochs, parameters } = report();
    expect(parameters).toBe(2 * 16 + 16 + 16 * 2 + 2);
    expect(epochs).toHaveLength(30);
    expect(epochs.at(-1)!.accuracy).toBeGreaterThan(0.9);
    expect(epochs.at(-1)!.loss).toBeLessThan(epochs[0]!.loss / 2);
    const metrics = JSON.parse(
      await readFile(path.join(folder, 'a/metrics.json'), 'utf8'),
    ) as unknown;
    expect(metrics).toEqual({
      loss: Number(epochs.at(-1)!.loss.toPrecision(6)),
      accuracy: Number(epochs.at(-1)!.accuracy!.toPrecision(6)),
    });
    const log = await readFile(path.join(folder, 'a/log.jsonl'), 'utf8');
    expect(
      log
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(epochs);
    expect((await readdir(path.join(folder, 'a'))).toSorted()).toEqual([
      'log.jsonl',
      'm.onnx',
      'metrics.json',
    ]);
  });

  test('writes a model that states its operator set and takes any batch', async () => {
    await fit();
    const { graph, opsetImports } = await readSoundModel(path.join(folder, 'model.onnx'));
    expect(opsetImports).toEqual([{ domain: '', version: 20 }]);
    expect(graph.inputs).toEqual([{ name: 'input', elementType: 1, dims: ['batch', 2] }]);
    expect(graph.outputs).toEqual([{ name: 'output', elementType: 1, dims: ['batch', 2] }]);
    expect(graph.initializers.map(({ name }) => name)).toEqual([
      'dense1.weight',
      'dense1.bias',
      'dense2.weight',
      'dense2.bias',
    ]);
  });

  test('gives the same bytes for the same seed, and others for another', async () => {
    await fit({ out: 'first.onnx', epochs: '3', threads: '2' });
    await fit({ out: 'again.onnx', epochs: '3', threads: '2' });
    await fit({ out: 'other.onnx', epochs: '3', threads: '2', seed: '1' });
    expect(await digest('again.onnx')).toBe(await digest('first.onnx'));
    expect(await digest('other.onnx')).not.toBe(await digest('first.onnx'));
  });

  test('reads one section of a larger file', async () => {
    const section = specText({ out: 'section.onnx', epochs: '1' }).replaceAll(/^/gm, '  ');
    await writeFile(path.join(folder, 'params.yaml'), `prepare: { seed: 1 }\nfit:\n${section}\n`);
    const ran = await modelCi(folder, ['fit', 'params.yaml', '--key', 'fit', '--runtime', runtime]);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('section.onnx was trained');
    expect((await modelCi(folder, ['fit', 'params.yaml', '--key', 'no'])).code).toBe(2);
  });

  test('stops when examples that are held out get no better, and writes the best epoch', async () => {
    const lines = {
      epochs: '200',
      optimizer: '{ learning-rate: 0.05 }',
      validation: '{ share: 0.3 }',
      'early-stopping': '{ patience: 4 }',
      metrics: 'early.json',
      out: 'early.onnx',
    };
    const { code, report } = await fit(lines);
    expect(code).toBe(0);
    const { epochs, epoch } = report();
    const losses = epochs.map(({ validation }) => validation!.loss);
    expect(losses).toHaveLength(epoch + 4);
    expect(losses.length).toBeLessThan(200);
    expect(losses[epoch - 1]).toBe(Math.min(...losses));
    const metrics = JSON.parse(await readFile(path.join(folder, 'early.json'), 'utf8')) as {
      validation: { loss: number };
    };
    expect(metrics.validation.loss).toBe(Number(losses[epoch - 1]!.toPrecision(6)));
    // Trained for just as many epochs on the same examples, the last epoch is the best one.
    await fit({ ...lines, epochs: String(epoch), out: 'as-long.onnx' });
    expect(await digest('early.onnx')).toBe(await digest('as-long.onnx'));
  });

  test('fits values by the mean square', async () => {
    const x = Array.from({ length: 256 }, (_, index) => index / 128 - 1);
    const arrays = {
      x: float32([256, 1], x),
      y: float32(
        [256],
        x.map((value) => 3 * value - 1),
      ),
    };
    await writeFile(path.join(folder, 'line.npz'), npz(arrays));
    const { report } = await fit({
      data: '{ file: line.npz, input: x, labels: y }',
      model: '{ layers: [dense: 1] }',
      loss: 'mse',
      optimizer: '{ name: sgd, learning-rate: 0.1, momentum: 0.9 }',
    });
    expect(report().epochs.at(-1)!.loss).toBeCloseTo(0, 6);
    expect(report().epochs.at(-1)!.accuracy).toBeUndefined();
  });

  test('reads handwritten digits: at least 93 % of 2,000 that it never saw', async () => {
    const { train, test: heldOut } = digits();
    await writeFile(path.join(folder, 'train.npz'), train);
    await writeFile(path.join(folder, 'test.npz'), heldOut);
    const { code } = await fit({
      data: '{ file: train.npz, input: images, scale: 0.00392156862745098 }',
      model: '{ layers: [flatten, dense: 256, relu, dense: 10] }',
      epochs: '5',
      'batch-size': '64',
      optimizer: '{ learning-rate: 0.002 }',
      out: 'digits.onnx',
    });
    expect(code).toBe(0);
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--import',
      'tsx',
      path.join(root, '__tests__/training/accuracy.ts'),
      runtime,
      path.join(folder, 'digits.onnx'),
      path.join(folder, 'test.npz'),
    ]);
    expect(Number(stdout)).toBeGreaterThanOrEqual(0.93);
  });
});
