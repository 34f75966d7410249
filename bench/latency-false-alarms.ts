/**
 * How often the latency gate is wrong on this machine: a model against itself, and against one that
 * does 10 % more work, with other processes busy during every second run.
 * `npm run build && npx tsx bench/latency-false-alarms.ts [runs]`
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { compareLatencies } from '../src/evaluation/latency.ts';
import { race } from '../src/evaluation/race.ts';
import { seededRandom } from '../src/evaluation/statistics/random.ts';
import { Scheduler, type Lease } from '../src/inference/scheduler.ts';
import { GraphBuilder } from '../src/onnx/builder.ts';
import { DATA_TYPE } from '../src/onnx/model.ts';
import { writeModel } from '../src/onnx/write.ts';
import { columns } from '../src/report/text.ts';

const WIDTH = 192;
const LAYERS = 20;

async function writeChain(file: string, layers: number): Promise<void> {
  const builder = new GraphBuilder();
  const random = seededRandom(1);
  let last = builder.input('x', DATA_TYPE.float, ['n', WIDTH]);
  for (let layer = 0; layer < layers; layer++) {
    const weights = Float32Array.from({ length: WIDTH * WIDTH }, () => (random() - 0.5) / 8);
    const name = builder.initializer(
      `w${layer}`,
      DATA_TYPE.float,
      [WIDTH, WIDTH],
      new Uint8Array(weights.buffer),
    );
    last = builder.op('Relu', [builder.op('MatMul', [last, name])]);
  }
  builder.output(last, DATA_TYPE.float, ['n', WIDTH]);
  await writeModel(file, {
    irVersion: 8,
    producerName: 'model-ci',
    producerVersion: '',
    domain: '',
    modelVersion: 0,
    docString: '',
    opsetImports: [{ domain: '', version: 17 }],
    graph: builder.graph('chain'),
    functions: [],
    metadata: new Map(),
  });
}

/** Works for a while, rests for a while, as neighbours on a shared machine do. */
const NEIGHBOUR = `
  const busy = () => { const end = Date.now() + 30 + Math.random() * 100; while (Date.now() < end); setTimeout(busy, Math.random() * 120); };
  busy();`;

function neighbours(): ChildProcess[] {
  return Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['-e', NEIGHBOUR], { stdio: 'ignore' }),
  );
}

async function measure(folder: string, candidate: string, runs: number) {
  const x = {
    elementType: 'float32',
    shape: [1, WIDTH],
    values: new Float32Array(WIDTH).fill(0.5),
  } as const;
  const found = { above1: 0, above105: 0, ratios: [] as number[], widths: [] as number[] };
  for (let run = 0; run < runs; run++) {
    const busy = run % 2 === 1 ? neighbours() : [];
    const scheduler = await Scheduler.start({
      runtime: path.resolve('node_modules/onnxruntime-node'),
      limitMs: 120_000,
      provider: 'cpu',
      worker: path.resolve('build/inference/inference-worker.js'),
    });
    const load = (name: string) =>
      scheduler.load({ file: path.join(folder, name), bytes: 0, subject: name });
    const runner = (lease: Lease) => ({ ...lease, feeds: [{ x }] });
    const [ours, theirs] = [await load(candidate), await load('baseline.onnx')];
    const samples = await race([runner(ours), runner(theirs)]);
    const { ratio } = compareLatencies(samples, 1, { confidence: 0.95 });
    scheduler.close();
    for (const neighbour of busy) neighbour.kill('SIGKILL');
    if (!ratio) continue;
    if (ratio.interval.low > 1) found.above1 += 1;
    if (ratio.interval.low > 1.05) found.above105 += 1;
    found.ratios.push(ratio.estimate);
    found.widths.push(ratio.interval.high - ratio.interval.low);
  }
  return found;
}

const runs = Number(process.argv[2] ?? 100);
const folder = await mkdtemp(path.join(tmpdir(), 'latency-'));
await writeChain(path.join(folder, 'baseline.onnx'), LAYERS);
// The same bytes in another file: they are loaded once more.
await writeChain(path.join(folder, 'same.onnx'), LAYERS);
await writeChain(path.join(folder, 'slower.onnx'), LAYERS * 1.1);
const rows = [
  ['candidate', 'runs', 'slower than 1.00x', 'slower than 1.05x', 'ratios', 'widest range'],
];
for (const [title, file] of [
  ['the same model', 'same.onnx'],
  ['10 % more work', 'slower.onnx'],
] as const) {
  const { above1, above105, ratios, widths } = await measure(folder, file, runs);
  rows.push([
    title,
    String(runs),
    String(above1),
    String(above105),
    `${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)}`,
    Math.max(...widths).toFixed(3),
  ]);
}
process.stdout.write(`${columns(rows, [1, 2, 3, 4, 5])}\n`);
await rm(folder, { recursive: true, force: true });
