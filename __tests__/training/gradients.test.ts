import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { gradientRules } from '../../src/training/autodiff/rules.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Checked {
  readonly errors: readonly { name: string; floatType: 'float64' | 'float32'; error: number }[];
  readonly mutants: readonly { opType: string; input: number; error: number }[];
}

/** How far a rule may be from the differences, which are the less exact of the two. */
const TOLERANCE = { float64: 1e-7, float32: 3e-4 };

describe('gradient rules against finite differences', () => {
  const checked = check();

  test('every case agrees', async () => {
    const { errors } = await checked;
    expect(errors.length).toBeGreaterThan(100);
    const wrong = errors.filter(({ error, floatType }) => !(error <= TOLERANCE[floatType]));
    expect(wrong).toEqual([]);
  });

  test('every rule has a case, and each of its gradients made 1 % wrong is caught', async () => {
    const { mutants } = await checked;
    expect(new Set(mutants.map(({ opType }) => opType))).toEqual(new Set(gradientRules.keys()));
    expect(mutants.filter(({ error }) => !(error > 0.005))).toEqual([]);
  });
});

async function check(): Promise<Checked> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--import',
      'tsx',
      path.join(root, '__tests__/training/gradients/check.ts'),
      path.join(root, 'node_modules/onnxruntime-node'),
    ],
    { cwd: root, maxBuffer: 64 * 1024 * 1024 },
  );
  return JSON.parse(stdout) as Checked;
}
