/**
 * Examples per second of the engine, knowing nothing and knowing what it found the time before; of
 * the same process with default settings (batches of 32 in the order of the data, all threads); of
 * onnxruntime-node in a bare loop; and of loops in Python with as many threads, in turn. All have
 * the examples in memory and the model loaded when their time begins; the engine's trials count.
 * Needs scripts/peers/torch.sh and `npm run build`.
 *
 *     tsx bench/evaluate/throughput.ts [rounds] [model ...]
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { takeExamples, type Batch } from '../../src/data/index.ts';
import { quantile } from '../../src/evaluation/statistics/quantile.ts';
import { elementCount, type NdArray } from '../../src/formats/nd-array.ts';
import { readNpz } from '../../src/formats/npz.ts';
import { Engine, type Conduct, type EngineOptions } from '../../src/inference/engine.ts';
import { feedsOf } from '../../src/inference/feeds.ts';
import { findOutput, runModel } from '../../src/inference/running-model.ts';
import { Scheduler } from '../../src/inference/scheduler.ts';
import { columns } from '../../src/report/text.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const python = path.join(root, '.peers/torch/bin/python');
const script = path.join(root, 'bench/evaluate/throughput.py');
const bare = path.join(root, 'bench/evaluate/throughput-bare.mjs');
const execute = promisify(execFile);

/** Nothing is reported to anybody. */
const env = { ...process.env, ORT_DISABLE_TELEMETRY: '1' };

/** The batch of a loop that nobody tuned. */
const BATCH = 32;
const THREADS = availableParallelism();
const WINDOW = 4096;

/** Inputs, and how often all examples are answered: in some ten seconds. */
const MODELS: Readonly<Record<string, { readonly inputs: readonly string[]; passes: number }>> = {
  transformer: { inputs: ['ids', 'mask'], passes: 5 },
  images: { inputs: ['x'], passes: 40 },
  table: { inputs: ['x'], passes: 35 },
  series: { inputs: ['x'], passes: 95 },
};

const passesOf = (name: string) => MODELS[name]?.passes ?? 1;

interface Ran {
  readonly seconds: number;
  /** Of the absolute scores: the same for all. */
  readonly sum: number;
  readonly conduct?: Conduct;
}

async function main(rounds: number, names: readonly string[]): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'throughput-'));
  try {
    await execute(python, [script, 'make', folder]);
    const ratios: number[] = [];
    for (const name of names) ratios.push(await compare(folder, name, rounds));
    const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
    process.stdout.write(
      `Python's best loop for each model took ${mean.toFixed(2)} of our time (geometric mean)\n`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns what the best of Python's loops takes of the engine's time */
async function compare(folder: string, name: string, rounds: number): Promise<number> {
  const whole = await dataOf(folder, name);
  const passes = String(passesOf(name));
  const loop = (order: string, batch = BATCH) =>
    peer(python, [script, 'run', folder, name, String(THREADS), String(batch), order, passes]);
  const x = whole.inputs.get('x');
  if (x) await writeFile(path.join(folder, `${name}.f32`), x.values);
  const bareLoop = (batch: number) =>
    peer(process.execPath, [
      ...[bare, folder, name, String(THREADS), String(batch), passes],
      ...(x?.shape.slice(1) ?? []).map(String),
    ]);
  let known: EngineOptions['experience'];
  const engine = (experience: EngineOptions['experience']) =>
    withScheduler((scheduler) => adaptive(scheduler, { folder, name, whole, experience }));
  const contenders: Record<string, () => Promise<Ran>> = {
    'adaptive, the first time': async () => {
      const ran = await engine(undefined);
      const { setting, rate } = ran.conduct ?? {};
      known = setting && rate !== undefined ? { setting, rate } : undefined;
      return ran;
    },
    'adaptive, the second time': () => engine(known),
    'default settings': () => withScheduler((scheduler) => plain(scheduler, folder, name, whole)),
    'Python, batches of 32': () => loop('as-given'),
    ...(whole.lengths
      ? { 'Python, sorted by length': () => loop('by-length') }
      : {
          'Python, batches of 256': () => loop('as-given', 256),
          'onnxruntime-node alone, batches of 32': () => bareLoop(32),
          'onnxruntime-node alone, batches of 256': () => bareLoop(256),
        }),
  };
  const ran = new Map(Object.keys(contenders).map((title) => [title, [] as Ran[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [title, contend] of Object.entries(contenders)) {
      ran.get(title)?.push(await contend());
    }
  }
  const [ours] = [...ran.values()].map((runs) => runs.map(({ seconds }) => seconds));
  let best = Infinity;
  const rows = Array.from(ran, ([title, runs]) => {
    const seconds = Float64Array.from(runs, (run) => run.seconds).sort();
    const ratios = Float64Array.from(
      runs,
      (run, round) => run.seconds / (ours?.[round] ?? 0),
    ).sort();
    if (title.startsWith('Python')) best = Math.min(best, quantile(ratios, 0.5));
    return [
      `  ${title}`,
      `${quantile(seconds, 0.5).toFixed(2)} s`,
      `${Math.round((passesOf(name) * whole.count) / quantile(seconds, 0.5))}/s`,
      `${quantile(ratios, 0.5).toFixed(2)}x (${ratios[0]?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)})`,
      (runs[0]?.sum ?? 0).toPrecision(7),
    ];
  });
  const conduct = JSON.stringify(ran.get('adaptive, the first time')?.at(-1)?.conduct);
  process.stdout.write(
    `${name}: ${whole.count} examples ${passes} times, ${THREADS} threads; adaptive ended with ${conduct}\n` +
      `${columns([['', 'median', 'examples', 'against the first', 'sum of scores'], ...rows], [1, 2, 3, 4])}\n`,
  );
  return best;
}

async function dataOf(folder: string, name: string): Promise<Batch> {
  const { inputs } = MODELS[name] ?? { inputs: [] };
  const file = path.join(folder, `${name}.npz`);
  const wanted = name === 'transformer' ? [...inputs, 'lengths'] : inputs;
  const arrays = new Map(await readNpz(file, wanted, file));
  const lengths = arrays.get('lengths');
  const first = arrays.get(inputs[0] ?? '');
  arrays.delete('lengths');
  const padding = { value: 0, side: 'right' } as const;
  return {
    from: 0,
    count: first?.shape[0] ?? 0,
    inputs: arrays,
    columns: new Map(),
    lengths: lengths && Int32Array.from(lengths.values as Int32Array),
    padded: new Map(lengths ? inputs.map((input) => [input, padding]) : []),
  };
}

async function withScheduler<T>(body: (scheduler: Scheduler) => Promise<T>): Promise<T> {
  const scheduler = await Scheduler.start({
    runtime: path.join(root, 'node_modules/onnxruntime-node'),
    limitMs: 600_000,
    provider: 'cpu',
    worker: path.join(root, 'build/inference/inference-worker.js'),
  });
  try {
    return await body(scheduler);
  } finally {
    scheduler.close();
  }
}

const sourceOf = (folder: string, name: string) => ({
  file: path.join(folder, `${name}.onnx`),
  bytes: 0,
  subject: name,
});

interface Contest {
  readonly folder: string;
  readonly name: string;
  readonly whole: Batch;
  readonly experience: EngineOptions['experience'];
}

async function adaptive(
  scheduler: Scheduler,
  { folder, name, whole, experience }: Contest,
): Promise<Ran> {
  const engine = await Engine.open({
    scheduler,
    source: sourceOf(folder, name),
    goal: 'throughput',
    examples: passesOf(name) * whole.count,
    experience,
  });
  const start = performance.now();
  for (let pass = 0; pass < passesOf(name); pass++) {
    for (let from = 0; from < whole.count; from += WINDOW) {
      const window = slice(whole, from);
      await engine.answer({ ...window, from: pass * whole.count + from });
    }
  }
  const { values } = await engine.outputs();
  return {
    seconds: (performance.now() - start) / 1000,
    sum: total(values),
    conduct: engine.conduct(),
  };
}

/** The rows from `from` on, as many as a window has, without a copy. */
function slice(whole: Batch, from: number): Batch {
  const to = Math.min(whole.count, from + WINDOW);
  const part = ({ elementType, shape, values }: NdArray): NdArray => {
    const size = elementCount(shape.slice(1));
    const inner = shape.slice(1);
    return {
      elementType,
      shape: [to - from, ...inner],
      values: values.subarray(from * size, to * size),
    };
  };
  return {
    ...whole,
    from,
    count: to - from,
    inputs: new Map(Array.from(whole.inputs, ([name, array]) => [name, part(array)])),
    lengths: whole.lengths?.subarray(from, to),
  };
}

async function plain(
  scheduler: Scheduler,
  folder: string,
  name: string,
  whole: Batch,
): Promise<Ran> {
  const lease = await scheduler.load(sourceOf(folder, name));
  const output = findOutput(lease, undefined);
  const answer = async (from: number) => {
    const to = Math.min(whole.count, from + BATCH);
    const rows = Array.from({ length: to - from }, (_, index) => from + index);
    const { inputs } = whole.lengths ? takeExamples(whole, rows) : whole;
    const range = whole.lengths ? { from: 0, to: rows.length } : { from, to };
    const feeds = feedsOf(lease.model, inputs, { ...range, batch: rows.length });
    return (await runModel(lease, feeds, output)).tensor.values;
  };
  await answer(0);
  const start = performance.now();
  let sum = 0;
  for (let pass = 0; pass < passesOf(name); pass++) {
    for (let from = 0; from < whole.count; from += BATCH) sum += total(await answer(from));
  }
  return { seconds: (performance.now() - start) / 1000, sum };
}

function total(values: ArrayLike<number | bigint>): number {
  let sum = 0;
  for (const value of Array.from<number | bigint>(values)) sum += Math.abs(Number(value));
  return sum;
}

async function peer(program: string, options: readonly string[]): Promise<Ran> {
  return JSON.parse((await execute(program, [...options], { env })).stdout) as Ran;
}

const [rounds = '3', ...names] = process.argv.slice(2);
await main(Number(rounds), names.length > 0 ? names : Object.keys(MODELS));
