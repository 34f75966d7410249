import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { modelCi, root } from '../cli/model-ci.ts';
import { dataOf, scenarios, specOf } from './torch/scenarios.ts';

// Written by `scripts/peers/torch.sh fixtures`: the mean loss of each epoch in PyTorch.
const fixture = JSON.parse(
  await readFile(path.join(root, '__tests__/training/torch/losses.json'), 'utf8'),
) as { readonly losses: Readonly<Record<string, readonly number[]>> };

describe('the same start and the same batches as in PyTorch give the same losses', () => {
  test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    '%s',
    async (name, scenario) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'torch '));
      await writeFile(path.join(folder, 'data.npz'), dataOf(scenario));
      await writeFile(path.join(folder, 'fit.yaml'), specOf(scenario, 'out.onnx'));
      const runtime = path.join(root, 'node_modules/onnxruntime-node');
      const ran = await modelCi(folder, ['fit', '--runtime', runtime, '--format', 'json']);
      expect(ran.stderr).toBe('');
      const { epochs } = JSON.parse(ran.stdout) as { epochs: { loss: number }[] };
      const expected = fixture.losses[name]!;
      expect(epochs).toHaveLength(expected.length);
      expect(expected.at(-1)).toBeLessThan(expected[0]! * 0.9);
      const worst = Math.max(...epochs.map(({ loss }, epoch) => Math.abs(loss - expected[epoch]!)));
      expect(worst).toBeLessThanOrEqual(scenario.tolerance);
    },
  );
});
