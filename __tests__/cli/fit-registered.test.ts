import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Clone } from '../registry/clone.ts';
import { register } from '../registry/commands.ts';
import { circle, npz } from '../training/data-set.ts';
import { runtime, specText } from './fit-rig.ts';
import { modelCi } from './model-ci.ts';

let clone: Clone;

async function fit(from: string, out = 'tuned.onnx') {
  return fitWith({ epochs: '2', model: `{ from: '${from}', train: all }`, out });
}

async function fitWith(lines: Readonly<Record<string, string>>) {
  await writeFile(path.join(clone.workspace, 'fit.yaml'), specText(lines));
  return modelCi(clone.workspace, ['fit', '--runtime', runtime]);
}

const bytesOf = (file: string) => readFile(path.join(clone.workspace, file));

beforeAll(async () => {
  clone = await Clone.create();
  await clone.write('circle.npz', Buffer.from(npz(circle(200))));
  expect((await fitWith({ epochs: '5', out: 'models/digits/model.onnx' })).code).toBe(0);
  clone.commit('Train a model');
  clone.tag('digits@v1.2.0');
  const { report } = await register(clone, 'digits@v1.2.0');
  expect(report.outputs.status).toBe('registered');
});

afterAll(async () => {
  await clone.remove();
});

test('goes on from a registered version as from its file', async () => {
  const ran = await fit('digits@v1.2.0');
  expect(ran.stderr).toContain('Starting from digits@v1.2.0, sha256:');
  expect(ran.code).toBe(0);
  expect((await fit('models/digits/model.onnx', 'same.onnx')).code).toBe(0);
  expect(await bytesOf('tuned.onnx')).toEqual(await bytesOf('same.onnx'));
  expect((await readdir(clone.root)).filter((name) => name.startsWith('model-ci-fit'))).toEqual([]);
});

test('refuses what is not registered, with what is', async () => {
  const ran = await fit('digits@v9.0.0');
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain("'digits@v9.0.0' is not registered");
  expect(ran.stderr).toContain('v1.2.0');
});

test('refuses a version whose bytes are not those that were registered', async () => {
  const files = await readdir(clone.store, { recursive: true, withFileTypes: true });
  const model = await bytesOf('models/digits/model.onnx');
  for (const { parentPath, name } of files.filter((entry) => entry.isFile())) {
    const file = path.join(parentPath, name);
    const bytes = await readFile(file);
    if (!bytes.equals(model)) continue;
    await chmod(file, 0o644);
    await writeFile(file, bytes.with(bytes.length - 1, (bytes.at(-1) ?? 0) ^ 1));
  }
  const ran = await fit('digits@v1.2.0', 'refused.onnx');
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain('digits@v1.2.0 is not what was registered: model.onnx');
  expect(await readdir(clone.workspace)).not.toContain('refused.onnx');
});
