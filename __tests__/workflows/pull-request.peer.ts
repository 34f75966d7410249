import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DigitsOnGitHub, TIMEOUT, type Trigger } from './digits-on-github.ts';

let digits: DigitsOnGitHub;
beforeAll(async () => {
  digits = await DigitsOnGitHub.start();
}, TIMEOUT);
afterAll(() => digits.close());

describe('a pull request', () => {
  const pullRequest = (run: string, token: Trigger['token'] = 'pull-request-token') =>
    digits.trigger({
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
    await digits.repository.git('switch', '--quiet', '--create', 'smaller');
    await digits.repository.shrink(32);
    await digits.repository.commit('Make the model smaller');
    await digits.repository.push('smaller', 'HEAD:refs/pull/7/merge');
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
      expect(digits.results.cacheEntries).toMatchObject([saved, saved, saved, saved]);
      expect(digits.results.artifacts).toMatchObject([
        { name: 'model-ci-evaluation', run: '1', finalized: true },
      ]);
      expect(digits.github.comments).toMatchObject([
        { issue: 7, user: 'github-actions[bot]', edits: 0 },
      ]);
    },
    TIMEOUT,
  );

  test(
    'with its results committed runs nothing: the data come from the cache, the comment changes',
    async () => {
      await digits.train();
      await digits.repository.commit('Train it');
      await digits.repository.push('smaller', 'HEAD:refs/pull/7/merge');
      const run = await pullRequest('2');
      expect(run.jobs).toEqual({ review: 'success', conclude: 'success' });
      expect(run.log).toContain('prepare: restored from the cache');
      expect(run.outputs['review.model.train.ran']).toBe('');
      expect(run.outputs['review.model.train.unchanged']).toMatch(/train/);
      // Nothing new: the three outs and the runs are there.
      expect(digits.results.cacheEntries).toHaveLength(4);
      expect(digits.results.artifacts.map(({ run: owner }) => owner)).toEqual(['1', '2']);
      expect(digits.github.comments).toMatchObject([{ issue: 7, edits: 1 }]);
    },
    TIMEOUT,
  );

  test(
    'from a fork passes without a comment',
    async () => {
      const run = await pullRequest('3', 'fork-token');
      expect(run.jobs).toEqual({ review: 'success', conclude: 'success' });
      expect(run.summaries.review).toContain('digits');
      expect(digits.github.comments).toMatchObject([{ issue: 7, edits: 1 }]);
    },
    TIMEOUT,
  );

  test(
    'from a fork is commented on by the workflow that its end starts',
    async () => {
      const left = digits.results.artifacts.find(({ run }) => run === '3')!;
      const zip = await readFile(path.join(digits.root, 'blobs', `artifact-${left.id}`));
      digits.github.artifacts.push({ id: left.id, run: 3, name: left.name, zip });
      const sha = await digits.repository.git('rev-parse', 'HEAD');
      digits.github.pulls.push({
        number: 7,
        state: 'open',
        head: { sha, label: 'mallory:smaller' },
      });
      const run = await digits.trigger({
        workflow: 'comment-fork.yml',
        name: 'workflow_run',
        payload: {
          workflow_run: {
            id: 3,
            event: 'pull_request',
            html_url: 'https://github.com/acme/digits/actions/runs/3',
            head_sha: sha,
            head_branch: 'smaller',
            head_repository: { full_name: 'mallory/digits', owner: { login: 'mallory' } },
          },
        },
        token: 'comment-token',
        identity: { run: '4' },
      });
      expect(run.jobs).toEqual({ comment: 'success' });
      expect(run.outputs['comment.comment.outcome']).toBe('created');
      expect(digits.github.comments).toMatchObject([
        { issue: 7, edits: 1 },
        { issue: 7, edits: 0, body: expect.stringContaining("The fork's run says: ") },
      ]);
    },
    TIMEOUT,
  );
});
