import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Clone, POLICY } from '../registry/clone.ts';
import { startOciRegistry, type OciRegistry } from '../services/oci/registry.ts';
import { annotations, runStep, type StepResult } from '../services/runner.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const TAG = 'digits@v1.0.0';
const PASSWORD = 's3cret/of+the=registry';

let clone: Clone;
let registry: OciRegistry;
afterEach(async () => {
  await registry.close();
  await clone.remove();
});

async function open(scheme: 'basic' | 'bearer'): Promise<void> {
  registry = await startOciRegistry({
    guard: {
      scheme,
      accounts: { [`robot:${PASSWORD}`]: ['pull', 'push'], 'reader:public': ['pull'] },
    },
  });
  clone = await Clone.create(POLICY);
  clone.tag(TAG);
}

/** Every command line that a step started, one a line. */
const commandLines = () => readFile(path.join(clone.root, 'commands'), 'utf8');

/** Starts the bundle of an action, with a Git that writes down how it was called. */
async function step(name: string, inputs: Record<string, string>): Promise<StepResult> {
  const folder = path.join(clone.root, 'bin');
  await mkdir(folder, { recursive: true });
  const git = path.join(folder, 'git');
  const commands = path.join(clone.root, 'commands');
  const real = process.env.PATH ?? '';
  await writeFile(git, `#!/bin/sh\necho "$@" >> '${commands}'\nPATH='${real}' exec git "$@"\n`);
  await chmod(git, 0o755);
  return runStep({
    entry: [path.join(project, 'dist', name, 'index.js')],
    workspace: clone.workspace,
    temporary: path.join(clone.root, 'temp'),
    inputs,
    event: { name: 'push', ref: `refs/tags/${TAG}` },
    environment: { PATH: `${folder}:${real}` },
  });
}

/** Everything but the command that masks it. */
function expectSecret(result: StepResult): void {
  const masks = result.commands.filter(({ name }) => name === 'add-mask');
  expect(masks.map(({ data }) => data)).toContain(PASSWORD);
  const encoded = Buffer.from(`robot:${PASSWORD}`).toString('base64');
  const unmasked = result.log.split('\n').filter((line) => !line.startsWith('::add-mask::'));
  for (const text of [unmasked.join('\n'), result.summary, JSON.stringify(result.outputs)]) {
    expect(text).not.toContain(PASSWORD);
    expect(text).not.toContain(encoded);
  }
}

const store = () => `oci://${registry.host}/lab/models`;
const login = () => ({
  store: store(),
  'store-username': 'robot',
  'store-password': PASSWORD,
});

describe.each(['basic', 'bearer'] as const)('a registry with %s authentication', (scheme) => {
  beforeEach(() => open(scheme));

  test('takes the account that the workflow gives, which nothing shows', async () => {
    const registered = await step('register-snapshot', login());
    expect(annotations(registered, 'error')).toEqual([]);
    expect(registered.outputs).toMatchObject({ status: 'registered', version: TAG });
    expectSecret(registered);
    const verified = await step('verify-snapshot', {
      ...login(),
      version: TAG,
      output: '../deployed',
    });
    expect(verified.outputs).toMatchObject({ verdict: 'verified' });
    expectSecret(verified);
    expect(await commandLines()).toContain('ls-remote');
    expect(await commandLines()).not.toContain(PASSWORD);
  });

  test.each([
    ['of nobody', {}, /anonymous/],
    ['of another', { 'store-username': 'robot', 'store-password': 'wrong' }, /robot/],
    ['that may only read', { 'store-username': 'reader', 'store-password': 'public' }, /reader/],
  ])('refuses the account %s, and says how to log in', async (_whose, account, who) => {
    const result = await step('register-snapshot', { store: store(), ...account });
    expect(result.exitCode).toBe(1);
    const [error] = annotations(result, 'error');
    expect(error?.data).toMatch(who);
    expect(error?.data).toMatch(/store-username and store-password|the right to write/);
    expect(clone.git('ls-remote', 'origin', 'refs/heads/model-registry')).toBe('');
  });
});

describe('a password', () => {
  beforeEach(() => open('basic'));

  test('does not go where the policy alone says', async () => {
    await clone.write('.github/model-ci.yml', POLICY.replace('../store', store()));
    const result = await step('register-snapshot', { ...login(), store: '' });
    expect(annotations(result, 'error')[0]?.data).toMatch(/'store' is not\n.*Name the registry/);
    expect(registry.repository('lab/models').blobs.size).toBe(0);
  });

  test.each([
    ['without a name', { 'store-password': PASSWORD }, /'store-username' is not/],
    ['for a folder', { 'store-username': 'robot', 'store-password': PASSWORD }, /folder/],
  ])('%s is a mistake', async (_how, account, message) => {
    const result = await step('verify-snapshot', {
      version: TAG,
      store: path.join(clone.root, 'store'),
      ...account,
    });
    expect(annotations(result, 'error')[0]?.data).toMatch(message);
    expectSecret(result);
  });
});
