import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { copyActions, runWorkflow } from '../services/act.ts';
import { DigitsRepository, flipOneBit } from '../services/digits-repository.ts';
import { startGitHub, type GitHub } from '../services/github.ts';
import { startResults, type JobIdentity, type ResultsService } from '../services/results.ts';
import { statementOf } from '../services/github/attestations.ts';
import { startSigstore, type Sigstore } from '../services/sigstore.ts';
import type { WorkflowRun } from '../services/workflow-run.ts';

/** Minutes, on a small machine: packages are installed and models trained. */
const TIMEOUT = 10 * 60_000;
const project = fileURLToPath(new URL('../..', import.meta.url));
const checkout = fileURLToPath(new URL('../services/checkout', import.meta.url));
const redirect = new URL('../services/redirect.mjs', import.meta.url).href;
const SUITE = 'model-ci/model-ci@v1';

/** What the workflow's `permissions:` would give; act does not read them. */
const tokens = {
  'pull-request-token': {
    login: 'github-actions[bot]',
    permissions: { contents: 'read', 'pull-requests': 'write' },
  },
  'fork-token': { login: 'github-actions[bot]', permissions: { contents: 'read' } },
  'tag-token': {
    login: 'github-actions[bot]',
    permissions: { contents: 'write', attestations: 'write' },
  },
  'deploy-token': {
    login: 'github-actions[bot]',
    permissions: { contents: 'read', issues: 'write' },
  },
  maintainer: { login: 'octocat', permissions: { contents: 'write' } },
} as const;

let root: string;
let github: GitHub;
let results: ResultsService;
let sigstore: Sigstore;
let repository: DigitsRepository;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'model-ci-workflows-'));
  github = await startGitHub(path.join(root, 'git'), { repository: 'acme/digits', tokens });
  results = await startResults(path.join(root, 'blobs'));
  sigstore = await startSigstore();
  await copyActions(path.join(root, 'suite'), SUITE);
  repository = await DigitsRepository.create(path.join(root, 'clone'), github.remote('maintainer'));
  await repository.installPackages();
}, TIMEOUT);

afterAll(async () => {
  await github.close();
  await results.close();
  await sigstore.close();
  await rm(root, { recursive: true, force: true });
});

interface Trigger {
  readonly workflow: string;
  readonly name: 'pull_request' | 'push';
  readonly payload: Readonly<Record<string, unknown>>;
  readonly token: keyof typeof tokens;
  readonly identity: JobIdentity;
}

async function trigger({
  workflow,
  name,
  payload,
  token,
  identity,
}: Trigger): Promise<WorkflowRun> {
  const run = await runWorkflow({
    repository: repository.folder,
    workflow: `.github/workflows/${workflow}`,
    event: { name, payload: { repository: { default_branch: 'main' }, ...payload } },
    actions: { [SUITE]: path.join(root, 'suite'), 'actions/checkout@v6': checkout },
    token,
    variables: { MODEL_STORE: path.join(root, 'store') },
    environment: {
      ...results.environment(identity),
      CHECKOUT_ORIGIN: `${github.url}/acme/digits.git`,
      GITHUB_API_URL: github.url,
      GITHUB_RETENTION_DAYS: '90',
      // Their clients know these addresses by heart.
      NODE_OPTIONS: `--import ${redirect}`,
      REDIRECT: JSON.stringify({
        'token.actions.githubusercontent.com': results.url,
        'fulcio.githubapp.com': sigstore.url,
        'timestamp.githubapp.com': sigstore.url,
      }),
      GITHUB_RUN_ID: identity.run ?? '1',
      // What npm knows on this machine: where packages come from, and those it has.
      NPM_CONFIG_USERCONFIG: path.join(homedir(), '.npmrc'),
      NPM_CONFIG_CACHE: path.join(homedir(), '.npm'),
    },
    home: path.join(root, 'act'),
  });
  const { WORKFLOW_LOG } = process.env;
  if (WORKFLOW_LOG) await appendFile(WORKFLOW_LOG, `===== ${workflow}, ${name}\n${run.log}\n`);
  if (run.exitCode !== 0 && !workflow.startsWith('deploy')) process.stderr.write(run.log);
  return run;
}

/** What a developer does before a commit. */
async function train(): Promise<void> {
  const cli = path.join(project, 'dist', 'cli', 'index.js');
  await promisify(execFile)(process.execPath, [cli, 'train'], { cwd: repository.folder });
}

describe('a pull request', () => {
  const pullRequest = (run: string, token: keyof typeof tokens = 'pull-request-token') =>
    trigger({
      workflow: 'model.yml',
      name: 'pull_request',
      payload: {
        number: 7,
        pull_request: { number: 7, head: { ref: 'smaller' }, base: { ref: 'main' } },
      },
      token,
      identity: {
        run,
        scopes: [
          { scope: 'refs/pull/7/merge', writable: true },
          { scope: 'refs/heads/main', writable: false },
        ],
      },
    });

  beforeAll(async () => {
    await repository.git('switch', '--quiet', '--create', 'smaller');
    await repository.shrink(32);
    await repository.commit('Make the model smaller');
    await repository.push('smaller', 'HEAD:refs/pull/7/merge');
  });

  test(
    'is linted, trained, evaluated and commented on',
    async () => {
      const run = await pullRequest('1');
      expect(run.jobs).toEqual({ review: 'success', conclude: 'success' });
      expect(run.steps.filter(({ job }) => job === 'review').map(({ id }) => id)).toEqual(
        expect.arrayContaining(['model.lint', 'model.train', 'model.evaluate', 'model']),
      );
      const { 'review.model.verdict': verdict, 'review.model.accuracy': accuracy } = run.outputs;
      expect(Number(accuracy)).toBeGreaterThan(0.85);
      expect(run.log).toContain(`The candidate is ${verdict} with an accuracy of ${accuracy}.`);
      expect(run.summaries.review).toContain('digits');
      expect(run.annotations.filter(({ level }) => level === 'error')).toEqual([]);

      const saved = { scope: 'refs/pull/7/merge', committed: true };
      expect(results.cacheEntries).toMatchObject([saved, saved, saved, saved]);
      expect(results.artifacts).toMatchObject([
        { name: 'model-ci-evaluation', run: '1', finalized: true },
      ]);
      expect(github.comments).toMatchObject([{ issue: 7, user: 'github-actions[bot]', edits: 0 }]);
    },
    TIMEOUT,
  );

  test(
    'with its results committed runs nothing: the data come from the cache, the comment changes',
    async () => {
      await train();
      await repository.commit('Train it');
      await repository.push('smaller', 'HEAD:refs/pull/7/merge');
      const run = await pullRequest('2');
      expect(run.jobs).toEqual({ review: 'success', conclude: 'success' });
      expect(run.log).toContain('prepare: restored from the cache');
      expect(run.outputs['review.model.train.ran']).toBe('');
      expect(run.outputs['review.model.train.unchanged']).toMatch(/train/);
      // Nothing new: the three outs and the runs are there.
      expect(results.cacheEntries).toHaveLength(4);
      expect(results.artifacts.map(({ run: owner }) => owner)).toEqual(['1', '2']);
      expect(github.comments).toMatchObject([{ issue: 7, edits: 1 }]);
    },
    TIMEOUT,
  );

  test(
    'from a fork passes without a comment',
    async () => {
      const run = await pullRequest('3', 'fork-token');
      expect(run.jobs).toEqual({ review: 'success', conclude: 'success' });
      expect(run.summaries.review).toContain('digits');
      expect(github.comments).toMatchObject([{ issue: 7, edits: 1 }]);
    },
    TIMEOUT,
  );
});

describe('a tag', () => {
  const deploy = async () => {
    await writeFile(
      path.join(repository.folder, '.github', 'workflows', 'deploy.yml'),
      `name: deploy
on: push
jobs:
  deploy:
    runs-on: self-hosted
    steps:
      - uses: actions/checkout@v6
      - uses: model-ci/model-ci/actions/verify-snapshot@v1
        id: verify
        with:
          version: digits@v0.1.0
          store: \${{ vars.MODEL_STORE }}
          output: deployed/digits
          alert-issue: true
      - run: cp -r deployed/digits "$DEPLOY_TARGET"
        env:
          DEPLOY_TARGET: ${path.join(root, 'deployed')}
`,
    );
    return await trigger({
      workflow: 'deploy.yml',
      name: 'push',
      payload: { ref: 'refs/heads/main' },
      token: 'deploy-token',
      identity: { run: '12' },
    });
  };

  beforeAll(async () => {
    await repository.git('tag', 'digits@v0.1.0');
    await repository.push('HEAD:main', 'digits@v0.1.0');
  }, TIMEOUT);

  test(
    'registers the bytes of the commit and verifies them in the next job',
    async () => {
      const run = await trigger({
        workflow: 'register.yml',
        name: 'push',
        payload: { ref: 'refs/tags/digits@v0.1.0' },
        token: 'tag-token',
        identity: { run: '11', scopes: [{ scope: 'refs/tags/digits@v0.1.0', writable: true }] },
      });
      expect(run.jobs).toEqual({ register: 'success', verify: 'success' });
      expect(run.outputs['register.model.version']).toBe('digits@v0.1.0');
      const digest = run.outputs['register.model.digest'];
      expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);

      const entry = 'model-registry:models/digits/versions/v0.1.0.json';
      const record = JSON.parse((await github.git('show', entry)) ?? '{}') as object;
      expect(JSON.stringify(record)).toContain(digest);
      expect(await github.git('rev-list', '--count', 'model-registry')).toBe('1');

      expect(github.releases).toMatchObject([{ tag_name: 'digits@v0.1.0', draft: false }]);
      const [weights] = github.releases[0]!.assets.filter(({ name }) => name === 'model.onnx');
      expect(JSON.stringify(record)).toContain(weights?.digest);
      expect(github.attestations).toHaveLength(1);
      const statement = statementOf(github.attestations[0]!);
      expect(statement.predicateType).toBe('https://slsa.dev/provenance/v1');
      expect(statement.subject.map(({ digest: of }) => `sha256:${of.sha256}`)).toContain(
        weights?.digest,
      );
    },
    TIMEOUT,
  );

  test(
    'is deployed with the very bytes that were committed',
    async () => {
      const run = await deploy();
      expect(run.jobs).toEqual({ deploy: 'success' });
      const model = 'model.onnx';
      const committed = await readFile(path.join(repository.folder, 'models', 'digits', model));
      const deployed = await readFile(path.join(root, 'deployed', model));
      expect(deployed.equals(committed)).toBe(true);
    },
    TIMEOUT,
  );

  test(
    'is refused where one bit of the store differs',
    async () => {
      await rm(path.join(root, 'deployed'), { recursive: true });
      const intact = path.join(root, 'store-before');
      await cp(path.join(root, 'store'), intact, { recursive: true });
      await flipOneBit(path.join(root, 'store'));
      const run = await deploy();
      expect(run.jobs).toEqual({ deploy: 'failure' });
      expect(run.annotations).toContainEqual(
        expect.objectContaining({ level: 'error', message: expect.stringMatching(/digits/) }),
      );
      await expect(readFile(path.join(root, 'deployed', 'model.onnx'))).rejects.toThrow('ENOENT');
      expect(github.issues).toMatchObject([
        { title: 'digits@v0.1.0 is not what was registered', labels: ['model-ci'] },
      ]);

      await rm(path.join(root, 'store'), { recursive: true });
      await cp(intact, path.join(root, 'store'), { recursive: true });
      expect((await deploy()).jobs).toEqual({ deploy: 'success' });
    },
    TIMEOUT,
  );
});
