import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Clone } from '../registry/clone.ts';
import { digestIn, register, verify } from '../registry/commands.ts';

let clone: Clone;
beforeEach(async () => {
  clone = await Clone.create();
});
afterEach(() => clone.remove());

describe('verify', () => {
  beforeEach(async () => {
    clone.tag('digits@v1.0.0');
    await register(clone, 'digits@v1.0.0');
  });

  test.each(['digits@v1.0.0', 'digits', 'digits@latest'])('finds %s', async (name) => {
    const { report } = await verify(clone, name);
    expect(report.outputs).toMatchObject({ verdict: 'verified', path: '' });
  });

  test('finds a snapshot by its digest', async () => {
    expect((await verify(clone, await digestIn(clone))).report.passed).toBe(true);
  });

  test('puts exactly the registered files in place', async () => {
    const { report } = await verify(clone, 'digits@v1.0.0', { output: 'deployed/digits' });
    const folder = path.join(clone.workspace, 'deployed/digits');
    expect(report.outputs.path).toBe(folder);
    expect((await readdir(folder)).sort()).toEqual(['README.md', 'model.onnx']);
    expect(await readFile(path.join(folder, 'model.onnx'), 'utf8')).toBe('first weights');
  });

  test('asks the remote, not the local branch', async () => {
    const other = clone.another('other');
    await other.write('models/digits/model.onnx', 'second weights');
    other.commit('Second');
    other.tag('digits@v1.1.0');
    await register(other, 'digits@v1.1.0');
    expect((await verify(clone, 'digits')).result.record.version).toBe('v1.1.0');
  });

  test.each([
    [
      'one flipped byte',
      async (file: string) => writeFile(file, (await readFile(file, 'utf8')).replace('f', 'g')),
      'corrupt',
    ],
    ['a truncated blob', (file: string) => writeFile(file, ''), 'corrupt'],
    ['a longer blob', (file: string) => writeFile(file, 'first weights and more'), 'corrupt'],
  ])('refuses %s, names the file and leaves the deployment', async (_what, change, problem) => {
    await verify(clone, 'digits@v1.0.0', { output: 'deployed' });
    await clone.write('deployed/marker', 'what runs today');
    await clone.damage('first weights', change);
    const { report, result } = await verify(clone, 'digits@v1.0.0', { output: 'deployed' });
    expect(report).toMatchObject({ passed: false, outputs: { verdict: 'refused', path: '' } });
    expect(result.differences).toMatchObject([{ file: 'model.onnx', problem }]);
    expect(report.text).toContain('model.onnx');
    expect((await readdir(path.join(clone.workspace, 'deployed'))).sort()).toEqual([
      'README.md',
      'marker',
      'model.onnx',
    ]);
    expect(await readdir(clone.workspace)).not.toContainEqual(expect.stringContaining('.tmp'));
  });

  test('refuses a missing blob and a damaged manifest', async () => {
    await clone.damage('first weights', (file) => rm(file));
    await clone.damage('in-toto', (file) => writeFile(file, '{}'));
    const { result, report } = await verify(clone, 'digits@v1.0.0');
    expect(result.differences.map(({ file, problem }) => [file, problem])).toEqual([
      ['manifest', 'corrupt'],
      ['model.onnx', 'missing'],
    ]);
    expect(report.passed).toBe(false);
  });

  test('registering the same version again mends the store', async () => {
    await clone.damage('first weights', (file) => writeFile(file, 'tampered'));
    expect((await verify(clone, 'digits@v1.0.0')).report.passed).toBe(false);
    expect((await register(clone, 'digits@v1.0.0')).result.outcome).toMatchObject({
      status: 'already-registered',
      stored: { repaired: 1 },
    });
    expect((await verify(clone, 'digits@v1.0.0')).report.passed).toBe(true);
  });

  test.each([
    ['digits@v7.0.0', /Versions of digits: v1\.0\.0/],
    ['other', /Models with a version: digits/],
    ['digits#production', /Environments of digits with a version: none/],
    [`sha256:${'0'.repeat(64)}`, /No version/],
    ['../../etc', /Write name@v1/],
  ])('says what there is instead of %s', async (name, hint) => {
    await expect(verify(clone, name)).rejects.toMatchObject({
      name: 'UserError',
      hint: expect.stringMatching(hint),
    });
  });

  test.each(['.', '..', '/', '.git', '.git/x'])(
    'does not replace what is above with output %s',
    async (output) => {
      await expect(verify(clone, 'digits', { output })).rejects.toThrow(
        /would replace|is Git's own/,
      );
    },
  );

  test('does not replace files that belong to the repository', async () => {
    await expect(verify(clone, 'digits', { output: 'models' })).rejects.toThrow(
      /belong to the repository/,
    );
  });

  test('puts back a deployment that was cut off between two renames', async () => {
    await verify(clone, 'digits@v1.0.0', { output: 'deployed' });
    const deployed = path.join(clone.workspace, 'deployed');
    await rename(deployed, `${deployed}.previous`);
    await clone.damage('first weights', (file) => writeFile(file, 'tampered'));
    await verify(clone, 'digits@v1.0.0', { output: 'deployed' });
    expect((await readdir(deployed)).sort()).toEqual(['README.md', 'model.onnx']);
  });
});
