import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readSoundModel } from '../../src/onnx/read.ts';
import { loadedTensor } from '../../src/onnx/tensor.ts';
import { circle, int64, npz } from '../training/data-set.ts';
import { fitRig, type FitRig } from './fit-rig.ts';

let folder: string;
let fit: FitRig['fit'];

beforeAll(async () => {
  ({ folder, fit } = await fitRig());
});

describe('an existing model', () => {
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

  test('gives a trained body a new head, which alone is trained', async () => {
    await fit({ out: 'body.onnx', epochs: '5' });
    const { x } = circle(500);
    const points = x.data as Float32Array;
    const thirds = Array.from({ length: 500 }, (_, row) => {
      const radius = Math.hypot(points[2 * row] ?? 0, points[2 * row + 1] ?? 0);
      return radius < 0.5 ? 0 : radius < 0.9 ? 1 : 2;
    });
    await writeFile(path.join(folder, 'rings.npz'), npz({ x, y: int64([500], thirds) }));
    const { code, report } = await fit({
      data: '{ file: rings.npz, input: x, labels: y }',
      model: '{ from: body.onnx, head: 3 }',
      out: 'rings.onnx',
    });
    expect(code).toBe(0);
    expect(report().parameters).toBe(16 * 3 + 3);
    expect(report().epochs.at(-1)!.accuracy).toBeGreaterThan(0.7);
    const [body, rings] = await Promise.all(
      ['body.onnx', 'rings.onnx'].map(async (name) => {
        const file = path.join(folder, name);
        const { graph } = await readSoundModel(file);
        const values = graph.initializers.map(
          (tensor) => [tensor.name, loadedTensor(file, tensor)] as const,
        );
        return { graph, values: new Map(values) };
      }),
    );
    expect(rings!.graph.outputs).toEqual([{ name: 'output', elementType: 1, dims: ['batch', 3] }]);
    expect([...rings!.values.keys()].toSorted()).toEqual([
      'dense1.bias',
      'dense1.weight',
      'head.bias',
      'head.weight',
    ]);
    expect(rings!.values.get('dense1.weight')).toEqual(body!.values.get('dense1.weight'));
  });
});
