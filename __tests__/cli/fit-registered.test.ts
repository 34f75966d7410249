import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Clone, POLICY } from '../registry/clone.ts';
import { register } from '../registry/commands.ts';
import { keyPair } from '../registry/keys.ts';
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

describe('where the policy wants versions to be signed', () => {
  const { publicKey, privateKey } = keyPair();

  beforeAll(async () => {
    await clone.askForSignatures(publicKey);
    clone.tag('digits@v1.3.0');
    await register(clone, 'digits@v1.3.0', { 'signing-key': privateKey });
  });

  test('goes on from one that is', async () => {
    const ran = await fit('digits@v1.3.0', 'signed.onnx');
    expect(ran.stderr).toContain('Starting from digits@v1.3.0, sha256:');
    expect(ran.code).toBe(0);
  });

  test('refuses one without a signature', async () => {
    await expectRefused(
      'digits@v1.2.0',
      'the version was registered without a signature',
      'Register a version that is signed',
    );
  });

  test("refuses one that somebody else's key signed", async () => {
    await clone.write('.github/model-ci.pem', keyPair().publicKey);
    await expectRefused(
      'digits@v1.3.0',
      'signature: the signature was not made with the trusted key',
      'registry in .github/model-ci.yml says whose signature counts',
    );
  });
});

test('refuses a version whose bytes are not those that were registered', async () => {
  await clone.write('.github/model-ci.yml', POLICY);
  const model = await bytesOf('models/digits/model.onnx');
  await clone.damage(model, (file) =>
    writeFile(file, model.with(model.length - 1, (model.at(-1) ?? 0) ^ 1)),
  );
  await expectRefused('digits@v1.2.0', 'model.onnx: ', 'model-ci verify digits@v1.2.0');
});

async function expectRefused(version: string, why: string, hint: string) {
  const ran = await fit(version, 'refused.onnx');
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain(`the model ${version} is refused: `);
  expect(ran.stderr).toContain(why);
  expect(ran.stderr).toContain(hint);
  expect(await readdir(clone.workspace)).not.toContain('refused.onnx');
}
