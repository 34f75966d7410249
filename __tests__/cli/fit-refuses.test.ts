import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { circle, float32, int64, npz } from '../training/data-set.ts';
import { fitRig, type FitRig } from './fit-rig.ts';

let folder: string;
let fit: FitRig['fit'];

beforeAll(async () => {
  ({ folder, fit } = await fitRig());
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
    [
      'a new head for a fresh model',
      () => Promise.resolve({ model: '{ layers: [dense: 2], head: 3 }' }),
      "'head' are for 'from'",
    ],
    [
      'dropout of an existing model among layers',
      () => Promise.resolve({ model: '{ layers: [dense: 2], dropout: true }' }),
      "'dropout' is for 'from'",
    ],
    [
      'to drop everything',
      () => Promise.resolve({ model: '{ layers: [dropout: 1, dense: 2] }' }),
      'model.layers',
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

  test('a GPU where there is none, which is the fault of the machine', async () => {
    const ran = await fit({ device: 'cuda' });
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain("device 'cuda' cannot be used");
  });

  test('a wrong key, with its line', async () => {
    const ran = await fit({ epochs: '0' });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('fit.yaml:3');
  });
});
