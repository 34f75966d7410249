import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { copyActions, runWorkflow } from '../services/act.ts';
import { DigitsRepository } from '../services/digits-repository.ts';
import { startGitHub, type GitHub } from '../services/github.ts';
import { startResults, type JobIdentity, type ResultsService } from '../services/results.ts';
import { startSigstore, type Sigstore } from '../services/sigstore.ts';
import type { WorkflowRun } from '../services/workflow-run.ts';

/** Minutes, on a small machine: packages are installed and models trained. */
export const TIMEOUT = 10 * 60_000;
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
  'comment-token': {
    login: 'github-actions[bot]',
    permissions: { actions: 'read', 'pull-requests': 'write' },
  },
  'deploy-token': {
    login: 'github-actions[bot]',
    permissions: { contents: 'read', issues: 'write' },
  },
  maintainer: { login: 'octocat', permissions: { contents: 'write' } },
} as const;

export interface Trigger {
  readonly workflow: string;
  readonly name: 'pull_request' | 'push' | 'workflow_run';
  readonly payload: Readonly<Record<string, unknown>>;
  readonly token: keyof typeof tokens;
  readonly identity: JobIdentity;
}

/** The example's repository on a GitHub of its own, whose events run its workflows to their end. */
export class DigitsOnGitHub {
  readonly root: string;
  readonly github: GitHub;
  readonly results: ResultsService;
  readonly repository: DigitsRepository;
  readonly #sigstore: Sigstore;

  private constructor(
    root: string,
    services: { github: GitHub; results: ResultsService; sigstore: Sigstore },
    repository: DigitsRepository,
  ) {
    this.root = root;
    this.github = services.github;
    this.results = services.results;
    this.#sigstore = services.sigstore;
    this.repository = repository;
  }

  static async start(): Promise<DigitsOnGitHub> {
    const root = await mkdtemp(path.join(tmpdir(), 'model-ci-workflows-'));
    const github = await startGitHub(path.join(root, 'git'), { repository: 'acme/digits', tokens });
    const results = await startResults(path.join(root, 'blobs'));
    const sigstore = await startSigstore();
    await copyActions(path.join(root, 'suite'), SUITE);
    const remote = github.remote('maintainer');
    const repository = await DigitsRepository.create(path.join(root, 'clone'), remote);
    await repository.installPackages();
    return new DigitsOnGitHub(root, { github, results, sigstore }, repository);
  }

  async close(): Promise<void> {
    await this.github.close();
    await this.results.close();
    await this.#sigstore.close();
    await rm(this.root, { recursive: true, force: true });
  }

  async trigger({ workflow, name, payload, token, identity }: Trigger): Promise<WorkflowRun> {
    const run = await runWorkflow({
      repository: this.repository.folder,
      workflow: `.github/workflows/${workflow}`,
      event: { name, payload: { repository: { default_branch: 'main' }, ...payload } },
      actions: { [SUITE]: path.join(this.root, 'suite'), 'actions/checkout@v6': checkout },
      token,
      variables: { MODEL_STORE: path.join(this.root, 'store') },
      environment: this.#environment(identity),
      home: path.join(this.root, 'act'),
    });
    const { WORKFLOW_LOG } = process.env;
    if (WORKFLOW_LOG) await appendFile(WORKFLOW_LOG, `===== ${workflow}, ${name}\n${run.log}\n`);
    if (run.exitCode !== 0 && !workflow.startsWith('deploy')) process.stderr.write(run.log);
    return run;
  }

  /** What a developer does before a commit. */
  async train(): Promise<void> {
    const cli = path.join(project, 'dist', 'cli', 'index.js');
    await promisify(execFile)(process.execPath, [cli, 'train'], { cwd: this.repository.folder });
  }

  #environment(identity: JobIdentity): Record<string, string> {
    const { github, results } = this;
    return {
      ...results.environment(identity),
      CHECKOUT_ORIGIN: `${github.url}/acme/digits.git`,
      GITHUB_API_URL: github.url,
      GITHUB_RETENTION_DAYS: '90',
      // Their clients know these addresses by heart.
      NODE_OPTIONS: `--import ${redirect}`,
      REDIRECT: JSON.stringify({
        'token.actions.githubusercontent.com': results.url,
        'fulcio.githubapp.com': this.#sigstore.url,
        'timestamp.githubapp.com': this.#sigstore.url,
      }),
      GITHUB_RUN_ID: identity.run ?? '1',
      // What npm knows on this machine: where packages come from, and those it has.
      NPM_CONFIG_USERCONFIG: path.join(homedir(), '.npmrc'),
      NPM_CONFIG_CACHE: path.join(homedir(), '.npm'),
    };
  }
}
