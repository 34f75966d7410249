/**
 * Fine-tunes Magika, a detector of 214 file types, to tell four dialects of JavaScript apart that
 * it takes for one or two: modules, CommonJS, minified bundles and TypeScript declarations. The
 * files are those of the npm packages in node_modules; packages that are tested on are never
 * trained on. Prints the accuracy with a fresh head, with a trained head, and with all weights
 * trained. Needs scripts/peers/magika.sh. After npm run build: tsx bench/fit/fine-tune.ts
 */
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { modelCi } from '../../__tests__/cli/model-ci.ts';
import { int64, npz, type ArraySpec } from '../../__tests__/training/data-set.ts';
import { Random } from '../../src/training/random.ts';
import { root, run, runtime } from './machine.ts';

const DIALECTS = ['.mjs', '.cjs', '.min.js', '.d.ts'];
/** Of one dialect in one package, so that no package is most of a dialect. */
const MOST_OF_A_PACKAGE = 8;
const MOST_OF_A_DIALECT = 150;
/** As Magika was trained: the first and the last bytes of a file, filled up with 256. */
const ENDS = 1024;
const PADDING = 256;

interface Example {
  readonly package: string;
  readonly file: string;
  readonly label: number;
}

async function main(): Promise<void> {
  const model = (await run('bash', [path.join(root, 'scripts/peers/magika.sh')])).trim();
  const folder = await mkdtemp(path.join(tmpdir(), 'fine-tune '));
  const examples = await findExamples();
  const packages = [...new Set(examples.map((example) => example.package))].toSorted();
  const order = Array.from(Random.of(7).permutation(packages.length), (index) => packages[index]);
  const held = new Set(order.slice(0, Math.round(packages.length / 4)));
  const train = examples.filter((example) => !held.has(example.package));
  const test = examples.filter((example) => held.has(example.package));
  await writeFile(path.join(folder, 'train.npz'), npz(await arraysOf(train)));
  await writeFile(path.join(folder, 'test.npz'), npz(await arraysOf(test)));
  console.log(
    `${train.length} files to train on, ${test.length} of other packages to test on: ` +
      DIALECTS.map((name, label) => `${name} ${count(train, label)}/${count(test, label)}`).join(
        ', ',
      ),
  );
  const base = { from: model, head: DIALECTS.length };
  const rate = (value: number) => ({ name: 'adam', 'learning-rate': value });
  await tune(folder, 'fresh head', { model: base, optimizer: rate(1e-12), epochs: 1 });
  await tune(folder, 'head trained', { model: base, optimizer: rate(0.01), epochs: 8 });
  const all = { ...base, train: 'all' };
  await tune(folder, 'all trained', { model: all, optimizer: rate(0.0003), epochs: 4 });
}

async function tune(folder: string, name: string, settings: object): Promise<void> {
  const spec = {
    data: { file: 'train.npz', input: 'bytes', labels: 'labels' },
    validation: { file: 'test.npz' },
    'batch-size': 32,
    out: 'tuned.onnx',
    ...settings,
  };
  await writeFile(path.join(folder, 'fit.yaml'), JSON.stringify(spec));
  const ran = await modelCi(folder, ['fit', '--runtime', runtime, '--format', 'json']);
  if (ran.code !== 0) throw new Error(ran.stderr);
  const { epochs, seconds, parameters } = JSON.parse(ran.stdout) as {
    epochs: { validation: { accuracy: number } }[];
    seconds: number;
    parameters: number;
  };
  const accuracy = epochs.at(-1)?.validation.accuracy ?? 0;
  console.log(
    `${name}: accuracy ${(100 * accuracy).toFixed(1)} % on the packages held out ` +
      `(${parameters} parameters, ${epochs.length} epochs, ${seconds.toFixed(0)} s)`,
  );
}

async function findExamples(): Promise<readonly Example[]> {
  const modules = path.join(root, 'node_modules');
  const files = (await readdir(modules, { recursive: true })).toSorted();
  const taken = new Map<string, number>();
  const all = files.flatMap((file): Example[] => {
    const label = DIALECTS.findIndex((ending) => file.endsWith(ending));
    const name = /^(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? '';
    const key = `${label} ${name}`;
    const before = taken.get(key) ?? 0;
    if (label === -1 || before === MOST_OF_A_PACKAGE) return [];
    taken.set(key, before + 1);
    return [{ package: name, file: path.join(modules, file), label }];
  });
  const order = Array.from(Random.of(8).permutation(all.length), (index) => all[index]);
  return DIALECTS.flatMap((_, label) =>
    order.filter((one): one is Example => one?.label === label).slice(0, MOST_OF_A_DIALECT),
  );
}

async function arraysOf(examples: readonly Example[]): Promise<Record<string, ArraySpec>> {
  const rows = await Promise.all(examples.map(async ({ file }) => tokensOf(file)));
  const data = new Int32Array(rows.length * 2 * ENDS);
  rows.forEach((row, index) => {
    data.set(row, index * 2 * ENDS);
  });
  return {
    bytes: { descr: '<i4', shape: [rows.length, 2 * ENDS], data },
    labels: int64(
      [rows.length],
      examples.map(({ label }) => label),
    ),
  };
}

async function tokensOf(file: string): Promise<Int32Array> {
  const bytes = await readFile(file);
  const text = bytes.toString('latin1');
  const first = Buffer.from(text.trimStart().slice(0, ENDS), 'latin1');
  const last = Buffer.from(text.trimEnd().slice(-ENDS), 'latin1');
  const tokens = new Int32Array(2 * ENDS).fill(PADDING);
  tokens.set(first, 0);
  tokens.set(last, 2 * ENDS - last.length);
  return tokens;
}

function count(examples: readonly Example[], label: number): number {
  return examples.filter((example) => example.label === label).length;
}

await main();
