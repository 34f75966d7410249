import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { root } from '../cli/model-ci.ts';
import type { Curves } from './torch/curves.ts';

const folder = path.join(root, '__tests__/training/torch/curves');

/**
 * How many steps, and how far the loss of any of them may be from PyTorch's. Deep networks of ReLUs
 * get more room: another processor rounds otherwise, and where a ReLU changes its mind PyTorch
 * leaves its own curve by as much. docs/fit.md has the figures of one processor.
 */
const PROMISED = {
  perceptron: { steps: 300, tolerance: 1e-6 },
  'cnn-gelu': { steps: 100, tolerance: 1e-4 },
  'cnn-relu': { steps: 100, tolerance: 1e-3 },
  encoder: { steps: 100, tolerance: 1e-4 },
  'resnet-silu': { steps: 100, tolerance: 1e-4 },
  'resnet-relu': { steps: 100, tolerance: 1e-3 },
};

// The networks were exported and trained by `scripts/peers/torch.sh fixtures`.
test('the loss of every step is that of PyTorch from the same start and batches', async () => {
  const script = path.join(root, '__tests__/training/torch/curves.ts');
  const runtime = path.join(root, 'node_modules/onnxruntime-node');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', script, runtime, folder],
    { cwd: root, maxBuffer: 64 * 1024 * 1024 },
  );
  const ours = JSON.parse(stdout) as Readonly<Record<string, readonly number[]>>;
  const file = path.join(folder, 'curves.json');
  const { curves } = JSON.parse(await readFile(file, 'utf8')) as Curves;
  expect(Object.keys(curves).toSorted()).toEqual(Object.keys(PROMISED).toSorted());
  const worst = Object.fromEntries(
    Object.entries(PROMISED).map(([name, { steps, tolerance }]) => {
      const theirs = curves[name]?.losses ?? [];
      expect(ours[name]).toHaveLength(steps);
      expect(theirs).toHaveLength(steps);
      expect(theirs.at(-1)).toBeLessThan(0.98 * (theirs[0] ?? 0));
      const apart = theirs.map((loss, step) => Math.abs(loss - (ours[name]?.[step] ?? NaN)));
      return [name, { tolerance, worst: Math.max(...apart) }];
    }),
  );
  expect(Object.entries(worst).filter(([, all]) => !(all.worst <= all.tolerance))).toEqual([]);
});
