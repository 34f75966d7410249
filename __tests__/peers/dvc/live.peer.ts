import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { runtime } from '../../cli/fit-rig.ts';
import { cli, modelCi } from '../../cli/model-ci.ts';
import { circle, npz } from '../../training/data-set.ts';
import { Dvc, isInstalled } from './dvc.ts';
import { git, pipeline } from './repository.ts';

const FIT = ['fit', 'params.yaml', '--key', 'fit', '--runtime', runtime] as const;
const TABLES = ['train/accuracy', 'train/loss', 'validation/accuracy', 'validation/loss'];

let dvc: Dvc;
let folder: string;

beforeAll(() => {
  if (!isInstalled) throw new Error('the real DVC is not here: run scripts/peers/dvc.sh first');
  dvc = new Dvc();
});

afterAll(() => dvc.stop());

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'model-ci-live-'));
  await git(folder, ['init', '--quiet', '--initial-branch=main']);
  await dvcRun('init', '--quiet');
  await writeFile(path.join(folder, 'circle.npz'), npz(circle(200)));
  await describeRun(3);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('the outs of a stage are what DVC shows and compares', async () => {
  const train = {
    cmd: [process.execPath, cli, ...FIT].map((word) => `'${word}'`).join(' '),
    deps: ['circle.npz'],
    params: ['fit'],
    outs: [{ 'model.onnx': { cache: false } }],
    metrics: [{ 'live/metrics.json': { cache: false } }],
    plots: [{ 'live/plots/metrics': { cache: false, x: 'step' } }],
  };
  await writeFile(path.join(folder, 'dvc.yaml'), pipeline({ train }));
  await expectReadable(() => dvcRun('repro'));
  const { code, stderr, stdout } = await modelCi(folder, ['train', '--no-cache']);
  expect({ code, said: `${stdout}${stderr}` }).toEqual({
    code: 0,
    said: expect.stringMatching(/unchanged +train/),
  });
});

test('a run by hand is read as one that DVCLive wrote', async () => {
  const declared = {
    metrics: ['live/metrics.json'],
    plots: [{ 'live/plots/metrics': { x: 'step' } }],
  };
  await writeFile(path.join(folder, 'dvc.yaml'), stringify(declared));
  await expectReadable(async () => {
    const { code, stderr } = await modelCi(folder, FIT);
    if (code !== 0) throw new Error(stderr);
  });
});

/** Trains, commits, trains for longer, and asks DVC about it before and after. */
async function expectReadable(fit: () => Promise<unknown>): Promise<void> {
  await fit();
  const first = await metrics();
  expect(await metricsShown()).toEqual(first);
  expectCurves(await plots('show'), 'workspace', 3, first);
  await git(folder, ['add', '--all']);
  const author = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  await git(folder, [...author, 'commit', '--quiet', '--message', 'Three epochs']);

  await describeRun(5);
  await fit();
  const second = await metrics();
  const changes = await dvcJson<Changes>('metrics', 'diff');
  expect(changes['live/metrics.json']).toMatchObject({
    step: { old: 3, new: 5 },
    'train.loss': { old: first.train.loss, new: second.train.loss },
    'validation.loss': { old: first.validation.loss, new: second.validation.loss },
  });
  const compared = await plots('diff');
  expectCurves(compared, 'HEAD', 3, first);
  expectCurves(compared, 'workspace', 5, second);
}

interface Summary {
  readonly step: number;
  readonly train: Readonly<Record<string, number>>;
  readonly validation: Readonly<Record<string, number>>;
}
type Changes = Readonly<Record<string, Readonly<Record<string, { old: number; new: number }>>>>;
type Row = Readonly<Record<string, string>>;
interface Drawn {
  readonly content: { readonly data: { readonly values: readonly Row[] } };
}

/** Every table is a curve over the epochs that ends where the summary says. */
function expectCurves(
  curves: Readonly<Record<string, readonly Row[]>>,
  revision: string,
  epochs: number,
  summary: Summary,
): void {
  expect(Object.keys(curves).toSorted()).toEqual(
    TABLES.map((table) => `live/plots/metrics/${table}.tsv`),
  );
  for (const table of TABLES) {
    const [group, metric] = table.split('/') as ['train' | 'validation', string];
    const rows = (curves[`live/plots/metrics/${table}.tsv`] ?? []).filter(
      ({ rev }) => rev === revision,
    );
    expect(rows.map(({ step }) => Number(step))).toEqual(
      Array.from({ length: epochs }, (_, index) => index + 1),
    );
    expect(Number(rows.at(-1)?.[metric])).toBe(summary[group][metric]);
  }
}

async function describeRun(epochs: number): Promise<void> {
  const fit = {
    data: { file: 'circle.npz', input: 'x', labels: 'y' },
    model: { layers: [{ dense: 16 }, 'relu', { dense: 2 }] },
    validation: { share: 0.2 },
    epochs,
    out: 'model.onnx',
    live: 'live',
  };
  await writeFile(path.join(folder, 'params.yaml'), stringify({ fit }));
}

const metrics = async () =>
  JSON.parse(await readFile(path.join(folder, 'live/metrics.json'), 'utf8')) as Summary;

async function metricsShown(): Promise<unknown> {
  const shown = await dvcJson<{ '': { data: Record<string, { data: unknown }> } }>(
    'metrics',
    'show',
  );
  return shown[''].data['live/metrics.json']?.data;
}

/** The rows that DVC draws, by table. */
async function plots(command: 'show' | 'diff'): Promise<Record<string, readonly Row[]>> {
  const { data } = await dvcJson<{ data: Record<string, readonly Drawn[]> }>('plots', command);
  return Object.fromEntries(
    Object.entries(data).map(([file, drawn]) => [
      file,
      drawn.flatMap(({ content }) => content.data.values),
    ]),
  );
}

async function dvcJson<T>(...command: readonly string[]): Promise<T> {
  const output = await dvcRun(...command, '--json');
  return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as T;
}

async function dvcRun(...command: readonly string[]): Promise<string> {
  const { code, output } = await dvc.run(folder, command);
  if (code !== 0) throw new Error(`dvc ${command.join(' ')}: ${output}`);
  return output;
}
