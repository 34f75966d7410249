import { getOctokit } from '@actions/github';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { startGitHub, type GitHub, type Token } from './github.ts';
import { perTest } from './temporary.ts';

const { folder, keep } = perTest();
const where = { owner: 'acme', repo: 'digits' };
const tokens = {
  writer: {
    login: 'github-actions[bot]',
    permissions: { contents: 'write', checks: 'write', issues: 'write' },
  },
  reader: { login: 'octocat', permissions: { contents: 'read' } },
} satisfies Record<string, Token>;

let github: GitHub;
let clone: string;
const git = (...arguments_: string[]) =>
  promisify(execFile)(
    'git',
    ['-c', 'user.name=Octocat', '-c', 'user.email=octocat@example.com', ...arguments_],
    { cwd: clone, env: { PATH: process.env.PATH, GIT_TERMINAL_PROMPT: '0' } },
  );
const octokit = (token: string) => getOctokit(token, { baseUrl: github.url }).rest;

beforeEach(async () => {
  const root = await folder();
  github = keep(await startGitHub(root, { repository: 'acme/digits', tokens }));
  clone = path.join(root, 'clone');
  await mkdir(clone);
  await git('init', '--quiet', '--initial-branch=main');
  await writeFile(path.join(clone, 'card.md'), 'A card\n');
  await git('add', '.');
  await git('commit', '--quiet', '--message', 'Start');
});

describe('the stand-in for GitHub', () => {
  test('takes pushes over HTTP and shows them in the API', async () => {
    await git('push', '--quiet', github.remote('writer'), 'main', 'HEAD:refs/tags/digits@v1.0.0');
    const { stdout } = await git('rev-parse', 'HEAD');
    const main = await octokit('reader').git.getRef({ ...where, ref: 'heads/main' });
    expect(main.data.object).toMatchObject({ type: 'commit', sha: stdout.trim() });
    const tags = await octokit('reader').git.listMatchingRefs({ ...where, ref: 'tags/digits' });
    expect(tags.data.map(({ ref }) => ref)).toEqual(['refs/tags/digits@v1.0.0']);
    const { data } = await octokit('reader').repos.getContent({ ...where, path: 'card.md' });
    expect(data).toMatchObject({ content: Buffer.from('A card\n').toString('base64') });
  });

  test('lets one of two pushes to the same branch win', async () => {
    await git('push', '--quiet', github.remote('writer'), 'main');
    await git('commit', '--quiet', '--amend', '--message', 'Other');
    await expect(git('push', github.remote('writer'), 'main')).rejects.toThrow(/non-fast-forward/);
    expect(await github.git('log', '--format=%s', 'main')).toBe('Start');
  });

  test('refuses a push without contents: write, and anything without a token', async () => {
    await expect(git('push', github.remote('reader'), 'main')).rejects.toThrow(
      /Permission to acme\/digits\.git denied to octocat/,
    );
    await expect(git('push', github.remote('nobody'), 'main')).rejects.toThrow(
      /Authentication failed/,
    );
    await expect(octokit('nobody').git.getRef({ ...where, ref: 'heads/main' })).rejects.toThrow(
      /Bad credentials/,
    );
  });

  test('keeps check runs, fifty annotations a request', async () => {
    const { checks } = octokit('writer');
    const sha = 'c0ffee';
    const note = {
      path: 'dvc.yaml',
      start_line: 1,
      end_line: 1,
      annotation_level: 'warning' as const,
      message: 'careful',
    };
    const output = (count: number) => ({
      title: 'Evaluation',
      summary: 'better',
      annotations: Array.from({ length: count }, () => note),
    });
    const made = await checks.create({ ...where, name: 'gate', head_sha: sha, output: output(50) });
    const check_run_id = made.data.id;
    await checks.update({ ...where, check_run_id, conclusion: 'success', output: output(1) });
    expect(github.checkRuns).toMatchObject([{ status: 'completed', conclusion: 'success' }]);
    expect(github.checkRuns[0]?.annotations).toHaveLength(51);
    await expect(checks.update({ ...where, check_run_id, output: output(51) })).rejects.toThrow(
      /No more than 50/,
    );
    await expect(
      octokit('reader').checks.create({ ...where, name: 'gate', head_sha: sha }),
    ).rejects.toThrow(/Resource not accessible by integration/);
  });
});
