import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UserError } from '../../src/errors.ts';
import { POLICY_FILE, readPolicy } from '../../src/project/policy.ts';

let workspace: string;

beforeAll(async () => {
  workspace = await mkdtemp(path.join(tmpdir(), 'policy '));
  await mkdir(path.join(workspace, '.github'));
});

afterAll(async () => {
  await rm(workspace, { recursive: true });
});

async function read(yaml: string) {
  await writeFile(path.join(workspace, POLICY_FILE), yaml);
  return readPolicy(workspace);
}

async function refusal(yaml: string): Promise<UserError> {
  const thrown: unknown = await read(yaml).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(UserError);
  return thrown as UserError;
}

describe('the policy', () => {
  test('a repository without one gets the defaults', async () => {
    const policy = await readPolicy(path.join(workspace, 'nowhere'));
    expect(policy.models).toEqual({});
    expect(policy.registry.branch).toBe('model-registry');
  });

  test('an empty file means the same', async () => {
    expect(await read('')).toEqual(await readPolicy(path.join(workspace, 'nowhere')));
  });

  test('an unknown key is refused at its line', async () => {
    const error = await refusal('models:\n  digits:\n    path: models/digits\n    pth: x\n');
    expect(error.message).toContain('pth');
    expect(error.place).toMatchObject({ file: POLICY_FILE, line: 3 });
  });

  test('a value of the wrong type is refused at its line', async () => {
    const error = await refusal('registry:\n  store: /mnt\n  branch: 7\n');
    expect(error.message).toContain('registry.branch');
    expect(error.place?.line).toBe(3);
  });

  test('a gate without a bound is refused', async () => {
    const gates =
      'models: {m: {path: m, evaluation: {data: d, inputs: {x: x}, gates: {accuracy: {}}}}}';
    expect((await refusal(gates)).message).toContain('accuracy');
  });

  test.each(['../escape', 'a b', '-x', 'a//b', ''])('%j is no name of a model', async (name) => {
    const error = await refusal(`models: {${JSON.stringify(name)}: {path: m}}`);
    expect(error.message).toContain('models');
  });

  test('a role is a list of logins, or says more', async () => {
    const roles = '{ list: [ada], more: { teams: [acme/ml], permission: maintain } }';
    const policy = await read(`registry: { roles: ${roles} }`);
    expect(policy.registry.roles).toEqual({
      list: { users: ['ada'], teams: [], branches: [] },
      more: { users: [], teams: ['acme/ml'], permission: 'maintain', branches: [] },
    });
  });

  test.each([
    ['of nobody', '{ branches: [main] }', /roles\.ml': a role needs users, teams or a permission/],
    [
      'of a team alone',
      '{ teams: [ml] }',
      /roles\.ml\.teams\.0': write a team as organization\/team/,
    ],
    [
      'with a level that GitHub lacks',
      '{ permission: own }',
      /roles\.ml\.permission': .*"maintain"/,
    ],
    ['of numbers', '[1]', /roles\.ml\.0': .*expected string/],
    ['that is neither', 'ada', /roles\.ml': /],
  ])('a role %s is refused', async (_whose, role, expected) => {
    const { message, place } = await refusal(`registry:\n  roles:\n    ml: ${role}\n`);
    expect(message).toMatch(expected);
    expect(place).toMatchObject({ file: POLICY_FILE, line: 3 });
  });

  test('broken YAML is refused at its line', async () => {
    expect((await refusal('models:\n  a: [1,\n')).place?.line).toBeGreaterThanOrEqual(2);
  });

  test('aliases that multiply are refused', async () => {
    const level = (name: string, of: string) =>
      `${name}: &${name} [${Array<string>(10).fill(`*${of}`).join(', ')}]\n`;
    const names = Array.from('bcdefghij');
    const laughs = `a: &a [1]\n${names.map((name, i) => level(name, 'abcdefghij'.charAt(i))).join('')}`;
    expect((await refusal(laughs)).hint).toContain('aliases');
  });
});
