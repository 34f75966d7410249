import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { circle, npz } from '../training/data-set.ts';
import { modelCi, root, type Ran } from './model-ci.ts';

export const runtime = path.join(root, 'node_modules/onnxruntime-node');

export interface FitReport {
  readonly epochs: readonly { loss: number; accuracy?: number; validation?: { loss: number } }[];
  readonly epoch: number;
  readonly stopped: boolean;
  readonly parameters: number;
}

type Lines = Readonly<Record<string, string>>;

/** A folder with a small data set, and `model-ci fit` on it with some lines of the spec changed. */
export interface FitRig {
  readonly folder: string;
  readonly fit: (lines?: Lines) => Promise<Ran & { readonly report: () => FitReport }>;
}

export async function fitRig(): Promise<FitRig> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fit '));
  await writeFile(path.join(folder, 'circle.npz'), npz(circle(500)));
  return {
    folder,
    async fit(lines = {}) {
      await writeFile(path.join(folder, 'fit.yaml'), specText(lines));
      const ran = await modelCi(folder, ['fit', '--runtime', runtime, '--format', 'json']);
      return { ...ran, report: () => JSON.parse(ran.stdout) as FitReport };
    },
  };
}

export function specText(lines: Lines): string {
  return Object.entries({
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
}
