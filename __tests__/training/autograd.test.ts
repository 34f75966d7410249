import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { root } from '../cli/model-ci.ts';
import type { Compared } from './torch/autograd.ts';

/** Of the largest element of a gradient: a few roundings of float32. */
const TOLERANCE = 3e-5;

// The networks were exported, and their gradients written, by `scripts/peers/torch.sh fixtures`.
test("gradients of exported networks are PyTorch autograd's", async () => {
  const script = path.join(root, '__tests__/training/torch/autograd.ts');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--import',
      'tsx',
      script,
      path.join(root, 'node_modules/onnxruntime-node'),
      path.join(root, '__tests__/training/torch/autograd'),
    ],
    { cwd: root, maxBuffer: 64 * 1024 * 1024 },
  );
  const compared = JSON.parse(stdout) as readonly (Omit<Compared, 'error'> & {
    // JSON has no infinity: null stands for a gradient that is missing.
    readonly error: number | null;
  })[];
  expect(new Set(compared.map(({ network }) => network)).size).toBe(9);
  expect(compared.length).toBeGreaterThanOrEqual(100);
  expect(compared.filter(({ error }) => error === null || !(error <= TOLERANCE))).toEqual([]);
});
