import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';
import { marked } from 'marked';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root as project } from '../cli/model-ci.ts';
import { startGitHub, type GitHub } from '../services/github.ts';
import { annotations, runStep } from '../services/runner.ts';

const SHA = 'a'.repeat(40);
const RUN = 31;

const contender = (name: string) => ({
  name,
  digest: `sha256:${'b'.repeat(64)}`,
  bytes: 1000,
  inference: { by: 'command', command: './predict', seconds: 1, gives: 'predictions' },
  scores: 'probabilities',
  classes: [],
  confusion: null,
});

/** As `evaluate` writes it, with `changes` by whoever opened the pull request. */
const evidence = (changes: Readonly<Record<string, unknown>> = {}) => ({
  evidence: 'evaluation',
  version: 1,
  models: [{ name: 'digits', digest: `sha256:${'b'.repeat(64)}` }],
  passed: true,
  report: {
    task: 'classification',
    verdict: 'accepted',
    headline: 'Accepted: accuracy 95.35 %; the gate passed',
    candidate: contender('digits'),
    baseline: null,
    baselineReason: 'There is no baseline.',
    data: { file: 'data/test.npz', examples: 2000, findings: [] },
    confidence: 0.95,
    interface: { breaks: [] },
    gates: [
      { metric: 'accuracy', rule: 'min', limit: 0.85, value: 0.9535, outcome: 'met', passed: true },
    ],
    diff: null,
    card: null,
    metrics: { accuracy: { candidate: 0.9535 } },
    slices: [],
    classNames: [],
    latency: null,
    pairs: null,
    flips: null,
    machine: { platform: 'linux x64', processor: 'A processor', threads: 2 },
    ...changes,
  },
});

const zipOf = (json: unknown) =>
  zipSync({ 'evaluation.json': strToU8(typeof json === 'string' ? json : JSON.stringify(json)) });

let folder: string;
let github: GitHub;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'model-ci-fork-'));
  github = await startGitHub(path.join(folder, 'git'), {
    repository: 'acme/digits',
    tokens: {
      'job-token': {
        login: 'github-actions[bot]',
        permissions: { actions: 'read', 'pull-requests': 'write' },
      },
      'poor-token': { login: 'github-actions[bot]', permissions: { 'pull-requests': 'write' } },
    },
  });
});
afterAll(async () => {
  await github.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  github.pulls.splice(0, Infinity, {
    number: 7,
    state: 'open',
    head: { sha: SHA, label: 'mallory:better' },
  });
  github.artifacts.splice(0);
});

const leave = (zip: Uint8Array, name = 'model-ci-evaluation') =>
  void github.artifacts.push({ id: 5, run: RUN, name, zip });

const commentFork = (changes: Readonly<Record<string, unknown>> = {}, token = 'job-token') =>
  runStep({
    entry: [path.join(project, 'dist', 'comment-fork', 'index.js')],
    workspace: folder,
    temporary: path.join(folder, 'temp'),
    inputs: { 'github-token': token },
    event: {
      name: 'workflow_run',
      ref: 'refs/heads/main',
      payload: {
        workflow_run: {
          id: RUN,
          event: 'pull_request',
          html_url: `https://github.com/acme/digits/actions/runs/${RUN}`,
          head_sha: SHA,
          head_branch: 'better',
          head_repository: { full_name: 'mallory/digits', owner: { login: 'mallory' } },
          ...changes,
        },
      },
    },
    environment: { GITHUB_API_URL: github.url },
  });

describe('the report of a fork', () => {
  test('is one comment, which says who claims it and which a later run replaces', async () => {
    leave(zipOf(evidence()));
    const first = await commentFork();
    expect(annotations(first, 'error')).toEqual([]);
    expect(first.outputs).toMatchObject({ outcome: 'created', 'pull-request': '7' });
    expect((await commentFork()).outputs.outcome).toBe('updated');
    expect(github.comments).toMatchObject([{ issue: 7, edits: 1 }]);
    const { body } = github.comments[0]!;
    expect(body).toMatch(
      /^<!-- model-ci-fork-model-ci-evaluation -->\n### 🍴 The fork's run says: /,
    );
    expect(body).toContain('nobody has verified it');
    expect(body).toContain('| accuracy min | 0.85 | 0.9535 | met |');
    // A check that a fork can write is none.
    expect(github.checkRuns).toEqual([]);
  });

  test('is text, whatever stands in it', async () => {
    const hostile = '--> <img src=x onerror=alert(1)> @acme/team [a](javascript:b) ```\n::error::x';
    leave(
      zipOf(
        evidence({
          headline: hostile,
          candidate: contender(hostile),
          metrics: { [hostile]: { candidate: 1 } },
        }),
      ),
    );
    const step = await commentFork();
    expect(annotations(step, 'error')).toEqual([]);
    const html = await marked.parse(github.comments[0]!.body);
    // Nobody is mentioned from within code.
    expect(html.replace(/<code>.*?<\/code>/g, '')).not.toMatch(/<img|javascript:b"|@acme\/team/);
    expect(html).toContain('&lt;img');
    expect(html.match(/<a /g)).toHaveLength(1);
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['whose branch has moved on', { head_sha: 'c'.repeat(40) }],
    ['of another branch', { head_branch: 'other' }],
    ['that was a push', { event: 'push' }],
    [
      'of the repository itself',
      { head_repository: { full_name: 'acme/digits', owner: { login: 'acme' } } },
    ],
    ['that left nothing', { id: 32 }],
  ])('of a run %s is not posted, and nothing fails', async (_, changes) => {
    leave(zipOf(evidence()));
    const edits = () => github.comments.map((comment) => comment.edits);
    const before = edits();
    const step = await commentFork(changes);
    expect(step.exitCode).toBe(0);
    expect(step.outputs).toMatchObject({ outcome: 'skipped', 'pull-request': '' });
    expect(edits()).toEqual(before);
  });
});

describe('an artifact that is no report', () => {
  test.each<[string, () => Uint8Array, RegExp]>([
    ['no zip', () => strToU8('PK no'), /no evaluation|has 0 of evaluation\.json/],
    ['another file', () => zipSync({ 'x/evaluation.json': strToU8('{}') }), /has 0 of/],
    ['no JSON', () => zipOf('{"evidence": '), /no JSON/],
    ['a wrong type', () => zipOf(evidence({ gates: 'all passed' })), /gates/],
    ['text for a figure', () => zipOf(evidence({ confidence: 'NaN' })), /confidence/],
    ['an unknown key', () => zipOf(evidence({ pull: 1 })), /pull/],
    ['a truncated zip', () => zipOf(evidence()).subarray(0, 200), /has 0 of|truncated|directory/],
    ['a bomb', () => zipOf(' '.repeat(40 * 1024 * 1024)), /cannot be unpacked/],
    ['too many bytes', () => new Uint8Array(33 * 1024 * 1024), /at most 32/],
  ])('%s: an error that says so, and nothing is posted', async (_, zip, expected) => {
    leave(zip());
    const before = github.comments.length;
    const step = await commentFork();
    expect(step.exitCode).toBe(1);
    expect(annotations(step, 'error')).toMatchObject([
      { data: expect.stringMatching(expected) as unknown },
    ]);
    expect(step.log).not.toMatch(/^\s+at /m);
    expect(github.comments).toHaveLength(before);
  });

  test('a token that may not read it names the permission', async () => {
    leave(zipOf(evidence()));
    const step = await commentFork({}, 'poor-token');
    expect(step.exitCode).toBe(1);
    expect(annotations(step, 'error')[0]?.data).toContain('actions: read');
  });
});
