/**
 * Lints models that the real libraries wrote: every one of them must be clean. A folder with a
 * config.json is one model, with its shards, tokenizer and card.
 * scripts/peers/real-models.sh FOLDER, npm run build, then tsx bench/lint/real-models.ts FOLDER
 */
import path from 'node:path';
import { columns } from '../../src/report/text.ts';
import { filesBelow } from './files.ts';
import { lint } from './model-ci.ts';

const MODEL = /\.(?:onnx|pt|pt2|pth|bin|ckpt|pkl|joblib|npy|npz|safetensors|gguf|keras|h5)$/;

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: FOLDER');
const configs = await filesBelow(folder, /(?:^|[\\/])config\.json$/);
const folders = configs.map((name) => path.dirname(name));
const files = (await filesBelow(folder, MODEL)).filter(
  (name) =>
    // Of what the Keras script writes, bad-* is bad on purpose.
    !path.basename(name).startsWith('bad-') && !folders.includes(path.dirname(name)),
);
const models = [...files, ...folders];
const rows = new Map<string, { models: number; clean: number }>();
for (const name of models) {
  const { outcome, rules } = await lint(path.join(folder, name));
  const kind = `${name.split(path.sep)[0]} ${path.extname(name) || 'folder'}`;
  const row = rows.get(kind) ?? { models: 0, clean: 0 };
  rows.set(kind, { models: row.models + 1, clean: row.clean + (outcome === 'ok' ? 1 : 0) });
  if (outcome !== 'ok') console.log(`${outcome}  ${name}  ${rules.join(', ')}`);
}
const table = Array.from(rows, ([kind, row]) => [kind, String(row.models), String(row.clean)]);
console.log(columns([['written by, as', 'models', 'clean'], ...table.toSorted()], [1, 2]));
const clean = [...rows.values()].reduce((sum, row) => sum + row.clean, 0);
console.log(`${clean} of ${models.length} models are clean`);
process.exitCode = clean === models.length && models.length >= 20 ? 0 : 1;
