import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readSoundModel } from '../../src/onnx/read.ts';
import { circle, digits, float32, int64, npz } from '../training/data-set.ts';
import { modelCi, root } from './model-ci.ts';

const runtime = path.join(root, 'node_modules/onnxruntime-node');

interface FitReport {
  readonly epochs: readonly { loss: number; accuracy?: number; validation?: { loss: number } }[];
  readonly epoch: number;
  readonly stopped: boolean;
  readonly parameters: number;
}

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fit '));
  await writeFile(path.join(folder, 'circle.npz'), npz(circle(500)));
});

const spec = (lines: Readonly<Record<string, string>>) =>
  Object.entries({
    data: '{ file: circle.npz, input: x, labels: y }',
    model: '{ layers: [dense: 16, relu, dense: 2] }',
    epochs: '30',
    'batch-size': '32',
    optimizer: '{ name: adam, learning-rate: 0.01 }',
    out: 'model.onnx',
    ...lines,
  })
    .map(([key, value]) => `${key}: ${value}`)
    .join('\n');

async function fit(lines: Readonly<Record<string, string>> = {}, options: readonly string[] = []) {
  await writeFile(path.join(folder, 'fit.yaml'), spec(lines));
  const ran = await modelCi(folder, ['fit', '--runtime', runtime, '--format', 'json', ...options]);
  return { ...ran, report: () => JSON.parse(ran.stdout) as FitReport };
}

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
    const section = spec({ out: 'section.onnx', epochs: '1' }).replaceAll(/^/gm, '  ');
    await writeFile(path.join(folder, 'params.yaml'), `prepare: { seed: 1 }\nfit:\n${section}\n`);
    const ran = await modelCi(folder, ['fit', 'params.yaml', '--key', 'fit', '--runtime', runtime]);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('section.onnx was trained');
    expect((await modelCi(folder, ['fit', 'params.yaml', '--key', 'no'])).code).toBe(2);
  });

  test('trains an existing file further, and changes only what was asked for', async () => {
    await fit({ out: 'base.onnx', epochs: '5' });
    const further = { epochs: '2', out: 'tuned.onnx' };
    const { code, report } = await fit({ ...further, model: '{ from: base.onnx }' });
    expect(code).toBe(0);
    expect(report().parameters).toBe(16 * 2 + 2);
    const [base, tuned] = await Promise.all([
      readFile(path.join(folder, 'base.onnx')),
      readFile(path.join(folder, 'tuned.onnx')),
    ]);
    const { graph } = await readSoundModel(path.join(folder, 'base.onnx'));
    const head = graph.initializers.filter(({ name }) => name.startsWith('dense2'));
    const inHead = (at: number) =>
      head.some(
        ({ data }) => data.kind === 'file' && at >= data.offset && at < data.offset + data.length,
      );
    const changed = Array.from(base.keys()).filter((at) => base[at] !== tuned[at]);
    expect(changed.length).toBeGreaterThan(50);
    expect(changed.every(inHead)).toBe(true);
    expect(tuned.length).toBe(base.length);
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

describe('model-ci fit refuses', () => {
  const { x, y } = circle(20);
  const points = Array.from(x.data as Float32Array);
  const labels = Array.from(y.data as BigInt64Array, Number);
  const write = async (name: string, arrays: Parameters<typeof npz>[0]) => {
    await writeFile(path.join(folder, name), npz(arrays));
    return { data: `{ file: ${name}, input: x, labels: y }` };
  };

  test.each<[string, () => Promise<Readonly<Record<string, string>>>, string]>([
    [
      'a label out of range',
      () => write('l.npz', { x, y: int64([20], labels.with(7, 2)) }),
      'example 7',
    ],
    [
      'a negative label',
      () => write('n.npz', { x, y: int64([20], labels.with(3, -1)) }),
      'example 3',
    ],
    [
      'half a class',
      () => write('h.npz', { x, y: float32([20], labels.with(3, 0.5)) }),
      'example 3',
    ],
    [
      'NaN in the data',
      () => write('nan.npz', { x: float32([20, 2], points.with(9, NaN)), y }),
      'example 4',
    ],
    [
      'an empty set',
      () => write('e.npz', { x: float32([0, 2], []), y: int64([0], []) }),
      'no examples',
    ],
    ['unequal lengths', () => write('u.npz', { x, y: int64([3], [0, 1, 0]) }), '20 examples'],
    [
      'a single number',
      () => write('s.npz', { x: float32([], [1]), y: int64([], [1]) }),
      'single number',
    ],
    ['no such array', () => write('a.npz', { x }), "array 'y'"],
    ['no such file', () => Promise.resolve({ data: '{ file: none.npz, input: x }' }), 'none.npz'],
    [
      'shapes that do not fit',
      () => Promise.resolve({ model: '{ layers: [dense: 4, reshape: [3]] }' }),
      '[4]',
    ],
    [
      'nothing to train',
      () => Promise.resolve({ model: '{ layers: [relu] }' }),
      'nothing to train',
    ],
    [
      'an unknown layer',
      () => Promise.resolve({ model: '{ layers: [dense: 2, dens: 2] }' }),
      "no layer 'dens'",
    ],
    [
      'a loss that is not finite',
      () => Promise.resolve({ optimizer: '{ name: sgd, learning-rate: 1e30 }' }),
      'at step 2',
    ],
    [
      'an output it cannot write',
      () => Promise.resolve({ out: 'circle.npz/model.onnx' }),
      'circle.npz/model.onnx',
    ],
    [
      'both layers and from',
      () => Promise.resolve({ model: '{ layers: [relu], from: a.onnx }' }),
      'either',
    ],
    [
      'a file that is no model',
      () => Promise.resolve({ model: '{ from: circle.npz }' }),
      'circle.npz',
    ],
    ['a missing model', () => Promise.resolve({ model: '{ from: none.onnx }' }), 'none.onnx'],
  ])('%s', async (_, lines, reason) => {
    const out = 'refused.onnx';
    const ran = await fit({ out, ...(await lines()) });
    expect(ran.stderr).toContain(reason);
    expect(ran.code).toBe(2);
    const left = await readdir(folder);
    expect(left.filter((name) => name === out || name.endsWith('.tmp'))).toEqual([]);
  });

  test('a wrong key, with its line', async () => {
    const ran = await fit({ epochs: '0' });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('fit.yaml:3');
  });
});
