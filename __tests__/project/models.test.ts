import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findModel, modelFiles, type Model } from '../../src/project/models.ts';
import { policySchema } from '../../src/project/policy-schema.ts';

let workspace: string;

beforeEach(async () => {
  workspace = await mkdtemp(path.join(tmpdir(), 'models '));
  await mkdir(path.join(workspace, 'm', 'sub'), { recursive: true });
  await writeFile(path.join(workspace, 'm', 'README.md'), '# card');
  await writeFile(path.join(workspace, 'm', 'b.onnx'), 'b');
  await writeFile(path.join(workspace, 'm', 'sub', 'a.json'), '{}');
});

afterEach(async () => {
  await rm(workspace, { recursive: true });
});

const model = (path_: string, files?: string[]): Model => ({
  name: 'm',
  path: path_,
  files,
  evaluation: undefined,
});

const names = async (given: Model) => (await modelFiles(workspace, given)).map(({ name }) => name);

describe('the files of a model', () => {
  test('are all in its folder, sorted by code unit', async () => {
    expect(await names(model('m'))).toEqual(['README.md', 'b.onnx', 'sub/a.json']);
  });

  test('are those that the globs name', async () => {
    expect(await names(model('m', ['*.onnx', 'sub/**']))).toEqual(['b.onnx', 'sub/a.json']);
  });

  test('may be one file', async () => {
    expect(await names(model('m/b.onnx'))).toEqual(['b.onnx']);
  });

  test.each(['../elsewhere', '/etc', 'm/../../x'])('at %s are refused', async (outside) => {
    await expect(names(model(outside))).rejects.toThrow('outside the repository');
  });

  test('hold no symlinks', async () => {
    await symlink('/etc/hostname', path.join(workspace, 'm', 'weights.bin'));
    await expect(names(model('m'))).rejects.toThrow('not a regular file');
  });

  test('cannot be none', async () => {
    await expect(names(model('nothing'))).rejects.toThrow('has no files');
    await expect(names(model('m', ['*.gguf']))).rejects.toThrow('has no files');
  });
});

describe('finding a model', () => {
  const policy = policySchema.parse({ models: { a: { path: 'a' }, b: { path: 'b' } } });

  test('by name', () => {
    expect(findModel(policy, 'b').path).toBe('b');
  });

  test('an unknown name lists the known ones', () => {
    expect(() => findModel(policy, 'c')).toThrow("no model is called 'c'");
  });

  test('without a name needs exactly one model', () => {
    expect(() => findModel(policy, undefined)).toThrow('none was named');
    const one = policySchema.parse({ models: { a: { path: 'a' } } });
    expect(findModel(one, undefined).name).toBe('a');
    expect(() => findModel(policySchema.parse({}), undefined)).toThrow('no model is declared');
  });
});
