/**
 * Lints models that the real libraries wrote: every one of them must be clean.
 * scripts/peers/real-models.sh FOLDER, npm run build, then tsx bench/lint/real-models.ts FOLDER
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { lint } from './model-ci.ts';

const MODEL = /\.(?:onnx|pt|pt2|pth|bin|ckpt|pkl|joblib|npy|npz|safetensors|gguf|keras|h5)$/;

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: FOLDER');
const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
  // Of what the Keras script writes, bad-* is bad on purpose.
  .filter((name) => MODEL.test(name) && !path.basename(name).startsWith('bad-'))
  .toSorted();
let clean = 0;
for (const name of files) {
  const { outcome, rules } = await lint(path.join(folder, name));
  if (outcome === 'ok') clean += 1;
  else console.log(`${outcome}  ${name}  ${rules.join(', ')}`);
}
console.log(`${clean} of ${files.length} models are clean`);
process.exitCode = clean === files.length && files.length >= 20 ? 0 : 1;
