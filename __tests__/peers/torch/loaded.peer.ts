/**
 * Models that `model-ci fit` wrote, in Python's onnxruntime and in onnx's reference evaluator.
 * `npm run test:torch` installs both and runs this.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { modelCi, root } from '../../cli/model-ci.ts';
import { dataOf, scenarios, specOf } from '../../training/torch/scenarios.ts';

const run = promisify(execFile);
const python = path.join(root, '.peers/torch/bin/python');
const runtime = path.join(root, 'node_modules/onnxruntime-node');
const curves = path.join(root, '__tests__/training/torch/curves');

/** What __tests__/peers/torch/loaded.py prints: the largest differences from our own outputs. */
interface Loaded {
  readonly onnxruntime: number;
  readonly reference: number;
}

const TOLERANCE = 1e-5;
/** The optimizers make no difference to a file. */
const fresh = scenarios.filter(
  ({ name }) => !name.startsWith('perceptron by') || name.endsWith('adam'),
);
const further = ['perceptron', 'cnn-relu', 'encoder', 'resnet-silu', 'resnet-relu'];

const isThere = existsSync(python);
const withPython = isThere ? test : test.skip;
if (!isThere) console.warn('onnx is not in .peers/torch: scripts/peers/torch.sh puts it there');

const differences: Loaded[] = [];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'loaded '));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  const worst = (by: keyof Loaded) => Math.max(...differences.map((all) => all[by]));
  console.log(
    `${differences.length} models pass onnx.checker in full; largest difference in onnxruntime ` +
      `${worst('onnxruntime')}, in the reference evaluator ${worst('reference')}`,
  );
});

/** Trains, computes the outputs here, and lets Python compare its own. */
async function compare(spec: object): Promise<Loaded> {
  await writeFile(path.join(folder, 'fit.yaml'), JSON.stringify(spec));
  const ran = await modelCi(folder, ['fit', '--runtime', runtime]);
  expect({ code: ran.code, stderr: ran.code === 0 ? '' : ran.stderr }).toEqual({
    code: 0,
    stderr: '',
  });
  const [model, data, out] = ['out.onnx', 'data.npz', 'scores.npz'].map((name) =>
    path.join(folder, name),
  ) as [string, string, string];
  const script = path.join(root, '__tests__/peers/torch/scores.ts');
  await run(process.execPath, ['--import', 'tsx', script, runtime, model, data, out]);
  const { stdout } = await run(python, [
    path.join(root, '__tests__/peers/torch/loaded.py'),
    model,
    data,
    out,
  ]);
  const loaded = JSON.parse(stdout) as Loaded;
  differences.push(loaded);
  return loaded;
}

withPython.each(fresh.map((scenario) => [scenario.name, scenario] as const))(
  'a fresh model: %s',
  async (_, scenario) => {
    await writeFile(path.join(folder, 'data.npz'), dataOf(scenario));
    const spec = JSON.parse(specOf(scenario, 'out.onnx')) as object;
    const compared = await compare({ ...spec, epochs: 3 });
    expect(compared.onnxruntime).toBeLessThanOrEqual(TOLERANCE);
    expect(compared.reference).toBeLessThanOrEqual(TOLERANCE);
  },
);

withPython.each(further)('a model that was trained further: %s', async (name) => {
  const data = name === 'encoder' ? 'words.npz' : 'digits.npz';
  await copyFile(path.join(curves, data), path.join(folder, 'data.npz'));
  await copyFile(path.join(curves, `${name}.onnx`), path.join(folder, 'base.onnx'));
  const compared = await compare({
    data: { file: 'data.npz', input: 'x', labels: 'y' },
    model: { from: 'base.onnx', train: 'all', 'batch-norm': 'batch' },
    epochs: 3,
    out: 'out.onnx',
  });
  expect(compared.onnxruntime).toBeLessThanOrEqual(TOLERANCE);
  expect(compared.reference).toBeLessThanOrEqual(TOLERANCE);
});
