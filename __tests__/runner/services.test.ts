import { describe, expect, test } from '@jest/globals';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGitHub, type Token } from '../services/github.ts';
import { startResults, type JobIdentity } from '../services/results.ts';
import { annotations, runStep, type StepResult } from '../services/runner.ts';
import { perTest } from '../services/temporary.ts';

const entry = [
  '--import',
  fileURLToPath(import.meta.resolve('tsx')),
  fileURLToPath(new URL('probe.ts', import.meta.url)),
  'github',
];
const { folder, keep } = perTest();

describe('the cache', () => {
  async function start() {
    // The toolkit does not quote what it hands to tar.
    const root = await folder('model-ci-');
    const workspace = path.join(root, 'workspace');
    await mkdir(workspace);
    const service = keep(await startResults(path.join(root, 'blobs')));
    /** Each job starts in an empty workspace. */
    const job = async (key: string, identity?: JobIdentity): Promise<StepResult> => {
      await rm(path.join(workspace, 'data'), { recursive: true, force: true });
      return await runStep({
        entry,
        workspace,
        temporary: path.join(root, 'temp'),
        inputs: { do: 'cache', say: key },
        environment: service.environment(identity),
      });
    };
    return { service, job };
  }

  test('brings back what an earlier job saved, by key and by prefix', async () => {
    const { service, job } = await start();
    expect((await job('one')).outputs.said).toBe('miss');
    expect(service.cacheEntries).toMatchObject([
      { key: 'probe-one', scope: 'refs/heads/main', committed: true },
    ]);
    expect((await job('one')).outputs.said).toBe('probe-one weights of one');
    expect((await job('two')).outputs.said).toBe('probe-one weights of one');
  });

  test('is seen by a pull request from its base, and not the other way round', async () => {
    const { job } = await start();
    const main = { scope: 'refs/heads/main', writable: true };
    const request = [
      { scope: 'refs/pull/7/merge', writable: true },
      { scope: 'refs/heads/main', writable: false },
    ];
    expect((await job('one', { scopes: request })).outputs.said).toBe('miss');
    expect((await job('one', { scopes: [main] })).outputs.said).toBe('miss');
    expect((await job('one', { scopes: request })).outputs.said).toBe('probe-one weights of one');
  });

  test('that may only be read costs a warning at most', async () => {
    const { service, job } = await start();
    const result = await job('one', { scopes: [{ scope: 'refs/heads/main', writable: false }] });
    expect(result.exitCode).toBe(0);
    expect(result.outputs.said).toBe('miss');
    expect(annotations(result, 'error')).toEqual([]);
    expect(service.cacheEntries).toEqual([]);
  });

  test('that refuses or loses its bytes is a miss', async () => {
    const { service, job } = await start();
    await job('one');
    service.fail({ on: /GetCacheEntryDownloadURL/, status: 400, body: { msg: 'no' } });
    expect((await job('one')).outputs.said).toBe('miss');
    service.fail({ on: /GET \/blob\//, status: 404, times: 9 });
    const lost = await job('one');
    expect(lost.outputs.said).toBe('miss');
    expect(lost.exitCode).toBe(0);
  });
});

describe('artifacts', () => {
  test('arrive, and a second one of the same name is refused with what to do', async () => {
    const root = await folder();
    const workspace = path.join(root, 'workspace');
    await mkdir(workspace);
    const service = keep(await startResults(path.join(root, 'blobs')));
    const upload = () =>
      runStep({
        entry,
        workspace,
        temporary: path.join(root, 'temp'),
        inputs: { do: 'artifact', say: 'report' },
        environment: service.environment({ run: 'run-9' }),
      });
    const first = await upload();
    expect(first.outputs.said).toBe('artifact report (1)');
    expect(service.artifacts).toMatchObject([{ name: 'report', run: 'run-9', finalized: true }]);
    const zip = await readFile(path.join(root, 'blobs', 'artifact-1'));
    expect(zip.subarray(0, 2).toString()).toBe('PK');
    expect(zip.includes('data/weights.bin')).toBe(true);

    const second = await upload();
    expect(second.exitCode).toBe(1);
    expect(annotations(second, 'error')[0]?.data).toMatch(
      /was not uploaded\n.*unique within a run/,
    );
  });
});

describe('the check run of a commit', () => {
  const tokens = {
    writer: { login: 'github-actions[bot]', permissions: { checks: 'write' } },
    narrow: { login: 'github-actions[bot]', permissions: { contents: 'read' } },
  } satisfies Record<string, Token>;

  async function publish(token: string, say: string) {
    const root = await folder();
    const github = keep(await startGitHub(root, { repository: 'acme/digits', tokens }));
    const { outputs } = await runStep({
      entry,
      workspace: root,
      temporary: path.join(root, 'temp'),
      inputs: { do: 'check', say, 'github-token': token },
      event: {
        name: 'pull_request',
        ref: 'refs/pull/7/merge',
        payload: { pull_request: { number: 7, head: { sha: 'c0ffee' } } },
      },
      environment: { GITHUB_API_URL: github.url },
    });
    return { said: outputs.said, runs: github.checkRuns };
  }

  test('stands on the commit that was pushed, with no more annotations than GitHub takes', async () => {
    const { said, runs } = await publish('writer', 'x'.repeat(70_000));
    expect(said).toBe('created');
    expect(runs).toMatchObject([
      { name: 'probe', head_sha: 'c0ffee', status: 'completed', conclusion: 'action_required' },
    ]);
    expect(runs[0]?.annotations).toHaveLength(50);
    expect(runs[0]?.annotations[0]).toMatchObject({ path: 'policy.yml', start_line: 3 });
    expect((runs[0]?.output as { summary: string }).summary).toHaveLength(65_535);
  });

  test.each(['narrow', ''])('is not forced with the token %j', async (token) => {
    const { said, runs } = await publish(token, 'text');
    expect(said).toBe('forbidden');
    expect(runs).toEqual([]);
  });
});

describe('the comment of a pull request', () => {
  const tokens = {
    writer: { login: 'github-actions[bot]', permissions: { 'pull-requests': 'write' } },
    fork: { login: 'github-actions[bot]', permissions: { 'pull-requests': 'read' } },
    narrow: { login: 'github-actions[bot]', permissions: { contents: 'read' } },
    // Anybody with an account may comment on a public repository.
    stranger: { login: 'eve', association: 'NONE', permissions: { 'pull-requests': 'write' } },
  } satisfies Record<string, Token>;

  async function start() {
    const root = await folder();
    const github = keep(await startGitHub(root, { repository: 'acme/digits', tokens }));
    const comment = (text: string, token: string, number = 7) =>
      runStep({
        entry,
        workspace: root,
        temporary: path.join(root, 'temp'),
        inputs: { do: 'comment', say: text, 'github-token': token },
        event: {
          name: 'pull_request',
          ref: `refs/pull/${number}/merge`,
          payload: { pull_request: { number } },
        },
        environment: { GITHUB_API_URL: github.url },
      });
    return { github, comment };
  }

  test('is written once and then kept up to date', async () => {
    const { github, comment } = await start();
    expect((await comment('first', 'writer')).outputs.said).toBe('created');
    expect((await comment('second', 'writer')).outputs.said).toBe('updated');
    expect((await comment('other', 'writer', 8)).outputs.said).toBe('created');
    expect(github.comments).toMatchObject([
      { issue: 7, body: '<!-- probe -->\nsecond', edits: 1 },
      { issue: 8, body: '<!-- probe -->\nother', edits: 0 },
    ]);
  });

  test('is not taken for one that a stranger wrote to look like it', async () => {
    const { github, comment } = await start();
    await fetch(`${github.url}/repos/acme/digits/issues/7/comments`, {
      method: 'POST',
      headers: { authorization: 'Bearer stranger' },
      body: JSON.stringify({ body: '<!-- probe -->\nAccepted' }),
    });
    expect((await comment('first', 'writer')).outputs.said).toBe('created');
    expect((await comment('second', 'writer')).outputs.said).toBe('updated');
    expect(github.comments).toMatchObject([
      { user: 'eve', body: '<!-- probe -->\nAccepted', edits: 0 },
      { body: '<!-- probe -->\nsecond', edits: 1 },
    ]);
  });

  test('is found behind a hundred others', async () => {
    const { github, comment } = await start();
    const endpoint = `${github.url}/repos/acme/digits/issues/7/comments`;
    for (let index = 0; index < 120; index++) {
      await fetch(endpoint, {
        method: 'POST',
        headers: { authorization: 'Bearer writer' },
        body: JSON.stringify({ body: `talk ${index}` }),
      });
      if (index === 110) await comment('first', 'writer');
    }
    expect((await comment('second', 'writer')).outputs.said).toBe('updated');
    expect(github.comments.filter(({ body }) => body.includes('probe'))).toMatchObject([
      { body: '<!-- probe -->\nsecond' },
    ]);
  });

  test.each(['fork', 'narrow', ''])('is not forced with the token %j', async (token) => {
    const { github, comment } = await start();
    const result = await comment('text', token);
    expect(result.outputs.said).toBe('forbidden');
    expect(result.exitCode).toBe(0);
    expect(github.comments).toEqual([]);
  });

  test('that is too long is cut to what GitHub takes', async () => {
    const { github, comment } = await start();
    expect((await comment('x'.repeat(70_000), 'writer')).outputs.said).toBe('created');
    expect(github.comments[0]?.body).toHaveLength(65_536);
  });

  test('leaves other trouble to the one place that catches', async () => {
    const { github, comment } = await start();
    github.fail({ on: /POST .*comments/, status: 422, body: { message: 'locked' } });
    const result = await comment('text', 'writer');
    expect(result.exitCode).toBe(1);
    expect(annotations(result, 'error')[0]?.data).toContain('locked');
  });
});
