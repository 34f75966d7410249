/**
 * `model-ci fit` beside PyTorch: samples a second and memory, by turns in one run, each with one
 * and with two threads; each program's better thread count is compared. Before each round it measures
 * how far apart the processors are. Needs scripts/peers/torch.sh. After npm run build:
 * tsx bench/fit/fit.ts [ROUNDS] [perceptron] [convolutions] [encoder] [resnet18]
 */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { modelCi } from '../../__tests__/cli/model-ci.ts';
import { digits } from '../../__tests__/training/data-set.ts';
import { columns } from '../../src/report/text.ts';
import { matmulSpeed, root, roundTrip, run, runtime } from './machine.ts';
import { networks, type Network } from './networks.ts';

/** Of one program on one network with one number of threads. */
interface Measured {
  /** Samples a second, of each epoch after the first. */
  readonly rates: readonly number[];
  /** The largest resident set, in bytes. */
  readonly peak: number;
}

type Program = 'model-ci fit' | 'PyTorch';
const THREADS = [1, 2];

async function main(): Promise<void> {
  const [first = '3', ...others] = process.argv.slice(2);
  const rounds = Number(first);
  const asked = Number.isNaN(rounds) ? [first, ...others] : others;
  const python = (await run('bash', [path.join(root, 'scripts/peers/torch.sh')])).trim();
  const folder = await mkdtemp(path.join(tmpdir(), 'bench fit '));
  await writeFile(path.join(folder, 'train.npz'), digits().train);
  await run(python, [script, 'export', folder]);
  const chosen = networks.filter(({ name }) => asked.length === 0 || asked.includes(name));
  for (const network of chosen) {
    await compare(python, folder, network, Number.isNaN(rounds) ? 3 : rounds);
  }
}

async function compare(python: string, folder: string, network: Network, rounds: number) {
  const all: { program: Program; threads: number; measured: Measured }[] = [];
  const limits = new Map(THREADS.map((threads) => [threads, 0]));
  const trips: number[] = [];
  for (let round = 0; round < rounds; round++) {
    trips.push(await roundTrip());
    for (const threads of THREADS) {
      const ours = await fit(folder, network, threads);
      const theirs = await torch(python, folder, network, threads);
      all.push({ program: 'model-ci fit', threads, measured: ours });
      all.push({ program: 'PyTorch', threads, measured: theirs });
      limits.set(threads, Math.max(limits.get(threads) ?? 0, await matmulSpeed(threads)));
    }
  }
  const title = ['', 'threads', 'samples/s', 'least', 'most', 'of MatMul', 'peak MB'];
  const summary = (program: Program, threads: number) => {
    const own = all.filter((one) => one.program === program && one.threads === threads);
    const rates = own.flatMap(({ measured }) => measured.rates).toSorted((a, b) => a - b);
    const rate = rates[Math.floor(rates.length / 2)] ?? 0;
    const peak = Math.max(...own.map(({ measured }) => measured.peak));
    // Training takes three times the operations of the way forwards.
    const share = (rate * 3 * network.operations) / ((limits.get(threads) ?? 0) * 1e9);
    const shown = [rate, rates[0] ?? 0, rates.at(-1) ?? 0].map((value) => value.toPrecision(4));
    const row = [program, String(threads), ...shown, `${(100 * share).toFixed(0)} %`];
    return { rate, peak, row: [...row, (peak / 1e6).toFixed(0)] };
  };
  const ours = THREADS.map((threads) => summary('model-ci fit', threads));
  const theirs = THREADS.map((threads) => summary('PyTorch', threads));
  const best = (of: typeof ours) => of.reduce((a, b) => (b.rate > a.rate ? b : a));
  const speed = best(ours).rate / best(theirs).rate;
  const memory = best(ours).peak / best(theirs).peak;
  const rows = [title, ...[...ours, ...theirs].map(({ row }) => row)];
  process.stdout.write(
    `${network.name}: ${speed.toFixed(2)} times PyTorch's speed, ${memory.toFixed(2)} times its memory\n` +
      `round trip between two processors: ${trips.map((trip) => trip.toFixed(0)).join(', ')} ns\n` +
      `${columns(rows, [1, 2, 3, 4, 5, 6])}\n\n`,
  );
}

const script = path.join(root, 'bench/fit/torch_train.py');
const peakScript = path.join(root, 'bench/lint/peak-memory.mjs');

async function fit(folder: string, network: Network, threads: number): Promise<Measured> {
  const { spec, epochs, examples } = network;
  await writeFile(
    path.join(folder, 'fit.yaml'),
    JSON.stringify({ ...spec, epochs, threads, out: 'out.onnx' }),
  );
  const peakFile = path.join(folder, 'peak');
  const ran = await modelCi(folder, ['fit', '--runtime', runtime, '--format', 'json'], {
    NODE_OPTIONS: `--import=${peakScript}`,
    PEAK_MEMORY_FILE: peakFile,
  });
  if (ran.code !== 0) throw new Error(ran.stderr);
  const report = JSON.parse(ran.stdout) as { epochs: { seconds: number }[] };
  const rates = report.epochs.slice(1).map(({ seconds }) => examples / seconds);
  return { rates, peak: Number(await readFile(peakFile, 'utf8')) };
}

async function torch(
  python: string,
  folder: string,
  { name, epochs, examples }: Network,
  threads: number,
): Promise<Measured> {
  const stdout = await run(python, [
    script,
    'train',
    folder,
    name,
    String(threads),
    String(epochs),
  ]);
  const { seconds, peak } = JSON.parse(stdout) as { seconds: number[]; peak: number };
  return { rates: seconds.slice(1).map((value) => examples / value), peak };
}

await main();
