/**
 * One million rows of a Parquet table, evaluated end to end by `model-ci evaluate` (read, answered,
 * scored with intervals, timed, reported) and answered by a loop of pyarrow and onnxruntime, one
 * after the other. Needs scripts/peers/data.sh and `npm run build`.
 *
 *     tsx bench/evaluate/tabular.ts [rows]
 */
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const python = path.join(root, '.peers/data/bin/python');
const script = path.join(root, 'bench/evaluate/tabular.py');
const rows = process.argv[2] ?? '1000000';

const features = Array.from({ length: 20 }, (_, index) => `f${index}`);
const POLICY = {
  models: {
    table: {
      path: 'models/table',
      evaluation: {
        data: 'test.parquet',
        inputs: { X: features },
        labels: 'label',
        output: 'probabilities',
        gates: { accuracy: { min: 0.8 } },
      },
    },
  },
};

interface Figures {
  readonly accuracy: number;
  readonly seconds: number;
  /** The most that was resident at once, of all processes together. */
  readonly megabytes: number;
}

async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tabular-'));
  try {
    await mkdir(path.join(folder, 'models/table'), { recursive: true });
    await mkdir(path.join(folder, '.github'), { recursive: true });
    await writeFile(path.join(folder, '.github/model-ci.yml'), JSON.stringify(POLICY));
    await promisify(execFile)(python, [script, 'make', folder, rows]);
    const theirs = JSON.parse(
      (await promisify(execFile)(python, [script, 'run', folder])).stdout,
    ) as Figures;
    print('pyarrow + onnxruntime', theirs);
    print('model-ci evaluate', await evaluate(folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function evaluate(folder: string): Promise<Figures> {
  const start = performance.now();
  const runtime = path.join(root, 'node_modules/onnxruntime-node');
  const child = spawn(
    process.execPath,
    [
      path.join(root, 'dist/cli/index.js'),
      ...['evaluate', 'table', '--baseline', 'none', '--runtime', runtime, '--metrics', 'm.json'],
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  let most = 0;
  const watch = setInterval(() => {
    void residentOf(child.pid ?? 0).then((bytes) => (most = Math.max(most, bytes)));
  }, 50);
  const code = await ended;
  clearInterval(watch);
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`model-ci ended with ${String(code)}`);
  const metrics = JSON.parse(await readFile(path.join(folder, 'm.json'), 'utf8')) as {
    readonly accuracy: number;
  };
  return { accuracy: metrics.accuracy, seconds, megabytes: most / 1024 ** 2 };
}

/** Bytes of memory of a process and of all below it, as Linux counts them. */
async function residentOf(parent: number): Promise<number> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const below = (id: number): boolean => id === parent || (id > 1 && below(parents.get(id) ?? 0));
  let bytes = 0;
  for (const id of parents.keys()) {
    if (!below(id)) continue;
    const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
    bytes += 1024 * Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
  }
  return bytes;
}

function print(name: string, { accuracy, seconds, megabytes }: Figures): void {
  process.stdout.write(
    `${name}: accuracy ${accuracy.toFixed(6)}, ${seconds.toFixed(1)} s, ${megabytes.toFixed(0)} MB\n`,
  );
}

await main();
