import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DigitsRepository, flipOneBit } from '../services/digits-repository.ts';
import { startGitHub, type GitHub } from '../services/github.ts';
import { startResults, type ResultsService } from '../services/results.ts';
import { annotations, runStep, type Step, type StepResult } from '../services/runner.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const RUNTIME = path.join(project, 'node_modules', 'onnxruntime-node');
const TAG = 'digits@v0.1.0';
/** The version's place in the ledger. */
const ENTRY = 'model-registry:models/digits/versions/v0.1.0.json';
const TIMEOUT = 5 * 60_000;

const tokens = {
  'job-token': {
    login: 'github-actions[bot]',
    permissions: { contents: 'write', 'pull-requests': 'write' },
  },
} as const;

let root: string;
let github: GitHub;
let results: ResultsService;
let repository: DigitsRepository;
let store: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'model-ci-bundles-'));
  store = path.join(root, 'store');
  github = await startGitHub(path.join(root, 'git'), { repository: 'acme/digits', tokens });
  results = await startResults(path.join(root, 'blobs'));
  repository = await DigitsRepository.create(path.join(root, 'clone'), github.remote('job-token'));
  await repository.installPackages();
  await repository.shrink(16);
  // The job's clone pushes to where it came from, with its token.
  await repository.git('remote', 'set-url', 'origin', github.remote('job-token'));
}, TIMEOUT);

afterAll(async () => {
  await github.close();
  await results.close();
  await rm(root, { recursive: true, force: true });
});

const pullRequest = {
  name: 'pull_request',
  ref: 'refs/pull/7/merge',
  payload: { pull_request: { number: 7 }, repository: { default_branch: 'main' } },
};
const tagPush = { name: 'push', ref: `refs/tags/${TAG}` };

/** Starts the bundle of an action as a step of a job in the clone. */
async function step(
  name: string,
  inputs: Record<string, string> = {},
  event: NonNullable<Step['event']> = pullRequest,
): Promise<StepResult> {
  return await runStep({
    entry: [path.join(project, 'dist', name, 'index.js')],
    workspace: repository.folder,
    temporary: path.join(root, 'temp'),
    inputs,
    event,
    sha: await repository.git('rev-parse', 'HEAD'),
    environment: { ...results.environment(), GITHUB_API_URL: github.url },
  });
}

/** The one error of a step, with what to do in its second line. */
function onlyError(result: StepResult) {
  const errors = annotations(result, 'error');
  expect(errors).toHaveLength(1);
  expect(errors[0]?.data).toMatch(/.+\n.+/);
  expect(result.log).not.toMatch(/^\s+at /m);
  expect(result.exitCode).toBe(1);
  expect(result.summary).toContain('did not run');
  return errors[0]!;
}

describe('from data to a verified version, in one order:', () => {
  test(
    'train runs every stage and keeps what it made in the cache',
    async () => {
      const result = await step('train');
      expect(result.exitCode).toBe(0);
      expect(result.outputs.ran?.split('\n')).toEqual(['prepare', 'train', 'evaluate']);
      expect(result.summary).toContain('`prepare`');
      // One entry an out, so that a later job fetches only what it needs, and the runs.
      const entries = results.cacheEntries.map(({ key, committed }) => [
        key.replace(/-[0-9a-f]+$/, ''),
        committed,
      ]);
      const out = ['model-ci-out', true];
      expect(entries).toEqual([out, out, out, ['model-ci-runs', true]]);
    },
    TIMEOUT,
  );

  test('lint-model reads the model and the card', async () => {
    const result = await step('lint-model');
    expect(result.exitCode).toBe(0);
    expect(result.outputs).toMatchObject({ verdict: 'clean', findings: '0' });
    expect(result.summary).toContain('models/digits/model.onnx');
  });

  test(
    'evaluate comments on the pull request and leaves its report',
    async () => {
      const result = await step('evaluate', { runtime: RUNTIME, 'github-token': 'job-token' });
      expect(result.exitCode).toBe(0);
      expect(result.outputs.verdict).toBe('accepted');
      expect(Number(result.outputs.accuracy)).toBeGreaterThan(0.85);
      expect(github.comments).toMatchObject([{ issue: 7 }]);
      expect(results.artifacts).toMatchObject([{ name: 'model-ci-evaluation', finalized: true }]);
      const html = path.join(repository.folder, result.outputs.report ?? '');
      expect(await readFile(html, 'utf8')).toMatch(/^<!doctype html>/i);
    },
    TIMEOUT,
  );

  test('register-snapshot refuses a tree that is not the tag', async () => {
    await repository.commit('Train v0.1.0');
    await repository.git('tag', TAG);
    await repository.push('HEAD:main', TAG);
    const model = path.join(repository.folder, 'models', 'digits', 'model.onnx');
    const bytes = await readFile(model);
    await appendFile(model, 'x');
    onlyError(await step('register-snapshot', { store }, tagPush));
    await writeFile(model, bytes);
    expect(await github.git('show', ENTRY)).toBeUndefined();
  });

  test('register-snapshot refuses evidence of other bytes', async () => {
    const file = path.join(repository.folder, '.model-ci', 'reports', 'evaluation.json');
    const evidence = await readFile(file, 'utf8');
    await writeFile(file, evidence.replace(/sha256:[0-9a-f]{64}/, `sha256:${'0'.repeat(64)}`));
    const result = await step('register-snapshot', { store }, tagPush);
    await writeFile(file, evidence);
    expect(result.exitCode).toBe(1);
    expect(annotations(result, 'error')[0]?.data).toContain('evaluation');
    expect(await github.git('show', ENTRY)).toBeUndefined();
  });

  test('register-snapshot registers the tag that was pushed', async () => {
    const result = await step('register-snapshot', { store }, tagPush);
    expect(annotations(result, 'error')).toEqual([]);
    expect(result.outputs).toMatchObject({ version: TAG, status: 'registered' });
    expect(await github.git('show', ENTRY)).toContain(result.outputs.digest);
  });

  test('verify-snapshot puts the bytes in place, and refuses where one bit differs', async () => {
    const inputs = { version: TAG, store, output: 'deployed/digits' };
    const intact = await step('verify-snapshot', inputs, tagPush);
    expect(intact.outputs).toMatchObject({ verdict: 'verified' });
    const deployed = path.join(repository.folder, 'deployed', 'digits', 'model.onnx');
    const model = path.join(repository.folder, 'models', 'digits', 'model.onnx');
    const bytes = await readFile(model);
    expect((await readFile(deployed)).equals(bytes)).toBe(true);

    await flipOneBit(store);
    const tampered = await step('verify-snapshot', inputs, tagPush);
    expect(tampered.exitCode).toBe(1);
    expect(tampered.outputs).toMatchObject({ verdict: 'refused', path: '' });
    expect(annotations(tampered, 'error')[0]?.data).toContain('model.onnx');
    expect((await readFile(deployed)).equals(bytes)).toBe(true);
  });
});

describe('bad input ends in one clear message:', () => {
  /** Writes files for one test, and puts back what was there. */
  async function withFile(name: string, text: string | undefined, body: () => Promise<void>) {
    const file = path.join(repository.folder, name);
    const before = await readFile(file);
    await rm(file);
    if (text !== undefined) await writeFile(file, text);
    try {
      await body();
    } finally {
      await writeFile(file, before);
    }
  }

  test.each(['lint-model', 'train', 'evaluate', 'register-snapshot', 'verify-snapshot'])(
    'an unknown input of %s',
    async (name) => {
      const { data } = onlyError(await step(name, { modle: 'digits' }));
      expect(data).toContain("there is no input 'modle'");
    },
  );

  test('no dvc.yaml', async () => {
    await withFile('dvc.yaml', undefined, async () => {
      expect(onlyError(await step('train')).data).toContain('dvc.yaml');
    });
  });

  test('a malformed dvc.yaml, at its line', async () => {
    await withFile('dvc.yaml', 'stages:\n  train:\n    cmd: [\n', async () => {
      const { properties } = onlyError(await step('train'));
      expect(properties.file).toBe('dvc.yaml');
      expect(Number(properties.line)).toBeGreaterThan(2);
    });
  });

  test.each(['lint-model', 'evaluate', 'register-snapshot', 'verify-snapshot'])(
    'a malformed policy, where %s meets it',
    async (name) => {
      const file = '.github/model-ci.yml';
      await withFile(file, 'models:\n  digits:\n    pat: models\n', async () => {
        const { properties, data } = onlyError(
          await step(name, name === 'verify-snapshot' ? { version: TAG } : {}),
        );
        expect(properties).toMatchObject({ file, line: '3' });
        expect(data).toContain('pat');
      });
    },
  );

  test('no test set', async () => {
    await withFile('data/test.npz', undefined, async () => {
      const { data } = onlyError(await step('evaluate', { runtime: RUNTIME }));
      expect(data).toContain('data/test.npz');
    });
  });

  test('a tag that names no model', async () => {
    const event = { name: 'push', ref: 'refs/tags/letters@v1.0.0' };
    const { data } = onlyError(await step('register-snapshot', { store }, event));
    expect(data).toContain('letters');
    expect(data).toContain('digits');
  });
});
