import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import path from 'node:path';
import { registerSnapshot } from '../../src/actions/register-snapshot/use-case.ts';
import { readInputs } from '../../src/runner/inputs.ts';
import { hashBytes } from '../../src/store/hash.ts';
import { Clone, POLICY } from './clone.ts';
import { register } from './commands.ts';

let clone: Clone;
beforeEach(async () => {
  clone = await Clone.create();
});
afterEach(() => clone.remove());

describe('a version is the bytes of its commit', () => {
  test.each([
    ['a file that was edited', 'models/digits/model.onnx', /model\.onnx differs from the commit/],
    ['a file that was added', 'models/digits/extra.bin', /extra\.bin is not in the commit/],
  ])('refuses %s', async (_what, file, message) => {
    clone.tag('digits@v1.0.0');
    await clone.write(file, 'not committed');
    await expect(register(clone, 'digits@v1.0.0')).rejects.toThrow(message);
  });

  test('refuses an edit that Git was told not to look at', async () => {
    clone.tag('digits@v1.0.0');
    clone.git('update-index', '--assume-unchanged', 'models/digits/model.onnx');
    await clone.write('models/digits/model.onnx', 'hidden edit');
    await expect(register(clone, 'digits@v1.0.0')).rejects.toThrow(/differs from the commit/);
  });

  test('refuses a file that is gone', async () => {
    clone.tag('digits@v1.0.0');
    clone.git('rm', '--quiet', 'models/digits/README.md');
    await expect(register(clone, 'digits@v1.0.0')).rejects.toThrow(
      /README\.md is in the commit and gone/,
    );
  });

  test('refuses an LFS pointer in place of weights', async () => {
    const oid = 'a'.repeat(64);
    await clone.write(
      'models/digits/model.onnx',
      `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 12\n`,
    );
    clone.commit('Pointer');
    clone.tag('digits@v1.0.0');
    await expect(register(clone, 'digits@v1.0.0')).rejects.toThrow(/Git LFS pointer/);
  });

  test('takes the weights that an LFS pointer of the commit names', async () => {
    await clone.write(
      'models/digits/model.onnx',
      'version https://git-lfs.github.com/spec/v1\noid sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae\nsize 3\n',
    );
    clone.commit('Pointer');
    clone.tag('digits@v1.0.0');
    await clone.write('models/digits/model.onnx', 'foo');
    expect((await register(clone, 'digits@v1.0.0')).report.passed).toBe(true);
    await clone.write('models/digits/model.onnx', 'bar');
    await expect(register(clone, 'digits@v1.0.0')).rejects.toThrow(/differs from the commit/);
  });

  test('takes an ignored file that dvc.lock names, and no other', async () => {
    await clone.write('.gitignore', '*.onnx\n');
    clone.git('rm', '--quiet', '--cached', 'models/digits/model.onnx');
    clone.commit('Ignore');
    clone.tag('digits@v0.1.0');
    await expect(register(clone, 'digits@v0.1.0')).rejects.toThrow(/no out of dvc\.lock/);
    const lock = (md5: string) =>
      `schema: '2.0'\nstages:\n  train:\n    cmd: x\n    outs:\n    - path: models/digits/model.onnx\n      md5: ${md5}\n      size: 13\n`;
    await clone.write('dvc.lock', lock('f'.repeat(32)));
    clone.commit('Wrong lock');
    clone.tag('digits@v0.2.0');
    await expect(register(clone, 'digits@v0.2.0')).rejects.toThrow(/differs from dvc\.lock/);
    await clone.write('dvc.lock', lock(hashBytes('first weights', 'md5').slice(4)));
    clone.commit('Lock');
    clone.tag('digits@v0.3.0');
    expect((await register(clone, 'digits@v0.3.0')).report.passed).toBe(true);
  });

  test('also where the models are in a folder of the repository', async () => {
    await clone.write('team/.github/model-ci.yml', POLICY.replace('../store', '../../store'));
    await clone.write('team/models/digits/model.onnx', 'weights of the team');
    clone.commit('Team');
    clone.tag('digits@v1.0.0');
    const ports = { ...clone.ports(), workspace: path.join(clone.workspace, 'team') };
    const inputs = readInputs(registerSnapshot.inputs, new Map([['version', 'digits@v1.0.0']]));
    const { outcome } = await registerSnapshot.run(inputs, ports);
    expect(outcome).toMatchObject({
      status: 'registered',
      record: { files: [{ name: 'model.onnx', size: 19 }] },
    });
    expect(clone.git('ls-tree', '-r', '--name-only', 'origin/model-registry').split('\n')).toEqual([
      expect.stringMatching(/^audit\//),
      'models/digits/versions/v1.0.0.json',
    ]);
    await clone.write('team/models/digits/model.onnx', 'edited');
    await expect(registerSnapshot.run(inputs, ports)).rejects.toThrow(/differs from the commit/);
  });
});
