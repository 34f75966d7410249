import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run as registerRun } from '../../src/actions/register-snapshot/run.ts';
import { registerSnapshot } from '../../src/actions/register-snapshot/use-case.ts';
import { readInputs } from '../../src/runner/inputs.ts';
import type { Ports } from '../../src/runner/ports.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { hashFile } from '../../src/store/hash.ts';
import { startGitHub, type GitHub } from '../services/github.ts';
import type { People } from '../services/github/people.ts';
import { Clone, POLICY } from './clone.ts';
import { fsck, register } from './commands.ts';

const people: People = {
  teams: { 'acme/ml': { grace: 'active', eve: 'pending' }, 'acme/ops': { linus: 'active' } },
  permissions: { margaret: 'maintain', alan: 'push' },
  reviews: [],
};
const RUN = 7;

// The toolkit asks where the API is when it is loaded: one stand-in serves all tests.
let github: GitHub;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'roles-'));
  github = await startGitHub(path.join(root, 'git'), {
    repository: 'acme/digits',
    people,
    tokens: {
      job: { login: 'bot', permissions: { contents: 'write', actions: 'read' } },
      'job-without-actions': { login: 'bot', permissions: { contents: 'write' } },
      app: { login: 'app', permissions: { members: 'read' } },
    },
  });
  process.env.GITHUB_API_URL = github.url;
});
afterAll(async () => {
  delete process.env.GITHUB_API_URL;
  await github.close();
  await rm(root, { recursive: true });
});

let clone: Clone;
beforeEach(async () => {
  clone = await Clone.create();
});
afterEach(async () => {
  people.reviews.splice(0);
  await clone.remove();
});

/** The ports of a job that `actor` made happen. */
async function job(
  actor: string,
  tokens: { readonly token?: string; readonly membersToken?: string } = {},
): Promise<Ports> {
  const { githubPeople } = await import('../../src/runner/github/people.ts');
  const { token = 'job', membersToken = 'app' } = tokens;
  const access = { token, repository: 'acme/digits' };
  const asked = githubPeople({ access, membersToken, run: String(RUN) });
  return { ...clone.ports({ actor }), people: asked };
}

async function rules(text: string): Promise<void> {
  await clone.write('.github/model-ci.yml', POLICY + text);
  clone.commit('Rules');
}

const reasonsOf = async (tag: string, ports: Ports) => {
  const { result } = await register(clone, tag, {}, ports);
  return 'reasons' in result.outcome ? result.outcome.reasons : [];
};

const lastDecision = () => {
  const trail = clone.ledger(`audit/${new Date().toISOString().slice(0, 7)}.jsonl`);
  return JSON.parse(trail.split('\n').at(-1) ?? '') as Record<string, unknown>;
};

describe('a role', () => {
  beforeEach(async () => {
    await rules(`  roles:
    ml: { users: [Ada], teams: [acme/ml] }
    owners: { permission: maintain }
    ops: { teams: [acme/ops], branches: [main] }
  allow:
    register: [ml, owners]
    deprecate: [ops]
    prune: [owners]
`);
    clone.tag('digits@v1.0.0');
  });

  test.each([
    ['whom it names, however written', 'ada'],
    ['a member of its team', 'grace'],
    ['whoever has its permission on the repository', 'margaret'],
  ])('is for %s', async (_who, actor) => {
    expect(await reasonsOf('digits@v1.0.0', await job(actor))).toEqual([]);
    expect(lastDecision()).toMatchObject({ user: actor, action: 'register', result: 'ok' });
  });

  test.each([
    ['a stranger', 'mallory'],
    ['somebody who was invited and has not come', 'eve'],
    ['a member of another team', 'linus'],
    ['somebody with less than its permission', 'alan'],
    ['nobody', ''],
  ])('is not for %s, and the refusal says which are missing', async (_who, actor) => {
    const who = actor || 'an unknown user';
    const reasons = await reasonsOf('digits@v1.0.0', await job(actor));
    expect(reasons).toEqual([
      `${who} may not register: the policy allows ml, owners`,
      `${who} lacks the role ml: it is for Ada, the team acme/ml`,
      `${who} lacks the role owners: it is for whoever has the permission maintain`,
    ]);
    expect(lastDecision()).toMatchObject({
      user: actor,
      action: 'register',
      result: 'refused',
      reason: reasons.join('; '),
    });
  });

  test('is for nobody whom the token may not ask about', async () => {
    const reasons = await reasonsOf('digits@v1.0.0', await job('grace', { membersToken: '' }));
    expect(reasons[1]).toMatch(
      /^whether grace has the role ml cannot be told: the token may not ask .*Members: read/,
    );
    expect(lastDecision()).toMatchObject({ user: 'grace', result: 'refused' });
    // One that needs no question is enough.
    const owner = await job('margaret', { membersToken: '' });
    expect(await reasonsOf('digits@v1.0.0', owner)).toEqual([]);
  });

  test('is not told at a terminal, but for those whom it names', async () => {
    const reasons = await reasonsOf('digits@v1.0.0', clone.ports({ actor: 'grace' }));
    expect(reasons).toContainEqual(expect.stringMatching(/only GitHub knows .*acme\/ml.*workflow/));
    expect(await reasonsOf('digits@v1.0.0', clone.ports({ actor: 'ada' }))).toEqual([]);
  });

  test('counts on its branches alone', async () => {
    await register(clone, 'digits@v1.0.0', {}, await job('ada'));
    clone.git('push', '--quiet', 'origin', 'HEAD:side');
    clone.tag('digits@v1.0.0!');
    clone.git('push', '--quiet', '--force', 'origin', 'HEAD~1:main');
    const linus = await job('linus');
    expect(await reasonsOf('digits@v1.0.0!', linus)).toEqual([
      'linus may not deprecate: the policy allows ops',
      'linus has the role ops on main alone, and the commit is not there',
    ]);
    clone.git('push', '--quiet', 'origin', 'HEAD:main');
    expect(await reasonsOf('digits@v1.0.0!', linus)).toEqual([]);
  });

  test('is needed to repair, and the refusal is on record', async () => {
    const inputs = readInputs(registerSnapshot.inputs, new Map([['version', 'digits@v1.0.0']]));
    const killed = registerRun(inputs, await job('ada'), (step) => {
      if (step === 'push') throw new Error('killed');
    });
    await expect(killed).rejects.toThrow('killed');
    const refused = await fsck(clone, { repair: 'true' }, await job('linus'));
    expect(refused.result).toMatchObject({ finished: [], versions: 0 });
    expect(refused.report.text).toContain('linus lacks the role ml');
    expect(lastDecision()).toMatchObject({ user: 'linus', action: 'register', result: 'refused' });
    const allowed = await fsck(clone, { repair: 'true' }, await job('grace'));
    expect(allowed.result).toMatchObject({ finished: ['digits@v1.0.0'], versions: 1 });
  });

  test('is needed to prune, and both decisions are on record', async () => {
    await register(clone, 'digits@v1.0.0', {}, await job('ada'));
    await clone.write('../orphan', 'nobody needs this');
    const file = path.join(clone.root, 'orphan');
    const { digest } = await hashFile(file);
    const store = new DirectoryStore(clone.store);
    await store.put(digest, file);
    const options = { prune: 'true', grace: '0' };
    const refused = await fsck(clone, options, await job('ada'));
    expect(refused.report.passed).toBe(false);
    expect(refused.result.problems).toContainEqual(
      expect.objectContaining({ kind: 'refused', message: expect.stringContaining('ada lacks') }),
    );
    expect(await store.has(digest)).toBe(true);
    expect(lastDecision()).toMatchObject({ user: 'ada', action: 'prune', result: 'refused' });
    const allowed = await fsck(clone, options, await job('margaret'));
    expect(allowed.result.pruned?.blobs).toBe(1);
    expect(await store.has(digest)).toBe(false);
    expect(lastDecision()).toMatchObject({ user: 'margaret', action: 'prune', result: 'ok' });
  });
});

describe('an approval', () => {
  const approve = (login: string, environment = 'production', run = RUN) =>
    people.reviews.push({ run, environment, login, state: 'approved' });

  beforeEach(async () => {
    await rules(`  roles:
    ml: { teams: [acme/ml] }
  environments:
    staging: { approval: { environment: stage, self-approval: true } }
    production: { approval: { by: [ml, linus] } }
    canary: { approval: {} }
`);
    clone.tag('digits@v1.0.0', 'digits#production#1', 'digits#staging#1', 'digits#canary#1');
    await register(clone, 'digits@v1.0.0', {}, await job('ada'));
  });

  test.each(['grace', 'linus'])('by %s, who may, lets a version in', async (reviewer) => {
    approve(reviewer);
    const { report, result } = await register(clone, 'digits#production#1', {}, await job('ada'));
    expect(report.outputs.status).toBe('assigned');
    expect(report.text).toMatch(new RegExp(`approved +${reviewer}`));
    expect(result.outcome).toMatchObject({ event: { by: 'ada', approvedBy: [reviewer] } });
    expect(lastDecision()).toMatchObject({ user: 'ada', result: 'ok', approvedBy: [reviewer] });
  });

  test.each([
    ['of nobody', () => undefined, [/nobody approved production.*'environment: production'/]],
    ['of whoever asks', () => approve('ADA'), [/ada may not approve production alone/]],
    ['of another environment', () => approve('grace', 'canary'), [/nobody approved/]],
    ['of another run', () => approve('grace', 'production', RUN + 1), [/nobody approved/]],
    [
      'of somebody without the role',
      () => approve('mallory'),
      [/mallory approved production, and it takes ml, linus/, /mallory lacks the role ml/],
    ],
    [
      'that was a rejection',
      () =>
        people.reviews.push({
          run: RUN,
          environment: 'production',
          login: 'grace',
          state: 'rejected',
        }),
      [/nobody approved/],
    ],
  ])('%s does not count', async (_whose, review, expected) => {
    review();
    const reasons = await reasonsOf('digits#production#1', await job('ada'));
    expect(reasons).toEqual(expected.map((reason) => expect.stringMatching(reason)));
    expect(lastDecision()).toMatchObject({ user: 'ada', action: 'assign', result: 'refused' });
  });

  test('by oneself counts where the policy lets it, in the environment that it names', async () => {
    approve('ada', 'stage');
    expect(await reasonsOf('digits#staging#1', await job('ada'))).toEqual([]);
  });

  test('by any reviewer counts where the policy names none', async () => {
    approve('mallory', 'canary');
    expect(await reasonsOf('digits#canary#1', await job('ada'))).toEqual([]);
  });

  test('cannot be told with a token that may not, nor at a terminal', async () => {
    approve('grace');
    const blind = await job('ada', { token: 'job-without-actions' });
    expect(await reasonsOf('digits#production#1', blind)).toEqual([
      expect.stringMatching(/who approved production cannot be told: .*actions: read/),
    ]);
    expect(await reasonsOf('digits#production#1', clone.ports())).toEqual([
      expect.stringMatching(/only GitHub knows who approved production/),
    ]);
  });
});
