import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Clone, POLICY } from '../registry/clone.ts';
import { startGitHub, type GitHub } from '../services/github.ts';
import type { People } from '../services/github/people.ts';
import { annotations, runStep } from '../services/runner.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const RULES = `${POLICY}  roles:
    ml: { teams: [acme/ml] }
    owners: { permission: admin }
  allow: { register: [ml] }
  environments:
    production: { approval: { by: [owners] } }
`;
const people: People = {
  teams: { 'acme/ml': { octocat: 'active' } },
  permissions: { octocat: 'push', hubot: 'admin' },
  reviews: [],
};

let clone: Clone;
let github: GitHub;
beforeAll(async () => {
  clone = await Clone.create(RULES);
  clone.tag('digits@v1.0.0', 'digits#production#1');
  github = await startGitHub(path.join(clone.root, 'github'), {
    repository: 'acme/digits',
    people,
    tokens: {
      'job-token': { login: 'bot', permissions: { contents: 'write', actions: 'read' } },
      'members-token': { login: 'app', permissions: { members: 'read' } },
    },
  });
});
afterAll(async () => {
  await github.close();
  await clone.remove();
});

/** The bundle, as octocat pushes the tag. */
const push = (tag: string, inputs: Record<string, string> = {}) =>
  runStep({
    entry: [path.join(project, 'dist', 'register-snapshot', 'index.js')],
    workspace: clone.workspace,
    temporary: path.join(clone.root, 'temp'),
    inputs: { 'github-token': 'job-token', ...inputs },
    event: { name: 'push', ref: `refs/tags/${tag}` },
    environment: { GITHUB_API_URL: github.url },
  });

describe('register-snapshot, in this order:', () => {
  test("refuses where the job's token may not read teams, and says which may", async () => {
    const result = await push('digits@v1.0.0');
    expect(result.exitCode).toBe(1);
    expect(result.outputs.status).toBe('refused');
    const said = annotations(result, 'error').map(({ data }) => data);
    expect(said).toContainEqual(expect.stringContaining('octocat may not register'));
    expect(said).toContainEqual(expect.stringContaining('give members-token the token of an app'));
  });

  test('registers for a member of the team, and masks the token that asked', async () => {
    const result = await push('digits@v1.0.0', { 'members-token': 'members-token' });
    expect(annotations(result, 'error')).toEqual([]);
    expect(result.outputs.status).toBe('registered');
    expect(result.commands).toContainEqual(
      expect.objectContaining({ name: 'add-mask', data: 'members-token' }),
    );
  });

  test('assigns nothing that nobody approved', async () => {
    people.reviews.push({ run: 1, environment: 'production', login: 'octocat', state: 'approved' });
    const result = await push('digits#production#1');
    expect(result.outputs.status).toBe('refused');
    expect(annotations(result, 'error')[0]?.data).toContain('may not approve production alone');
  });

  test('assigns what an owner approved', async () => {
    people.reviews.push({ run: 1, environment: 'production', login: 'hubot', state: 'approved' });
    const result = await push('digits#production#1');
    expect(annotations(result, 'error')).toEqual([]);
    expect(result.outputs.status).toBe('assigned');
    expect(result.summary).toMatch(/approved.*hubot/);
  });
});
