import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readAudit } from '../../src/registry/audit.ts';
import { Git } from '../../src/registry/git.ts';
import { LedgerState } from '../../src/registry/ledger-state.ts';
import { Clone, POLICY } from './clone.ts';
import { register, verify } from './commands.ts';

const RULES = `${POLICY}  roles:
    managers: [ada]
  environments:
    staging: {}
    production:
      after: [staging]
      allow: [managers]
    locked:
      allow: [nobody]
`;

let clone: Clone;
beforeEach(async () => {
  clone = await Clone.create(RULES);
});
afterEach(() => clone.remove());

/** Commits new weights and registers them. */
async function version(name: string): Promise<void> {
  await clone.write('models/digits/model.onnx', `weights of ${name}`);
  clone.commit(name);
  clone.tag(name);
  expect((await register(clone, name)).report.passed).toBe(true);
}

const tagAt = (tag: string, commit = 'HEAD') => {
  clone.git('tag', '--annotate', '--message', tag, tag, `${commit}^{commit}`);
  clone.git('push', '--quiet', 'origin', `refs/tags/${tag}`);
  return register(clone, tag);
};

const standsAt = async (reference: string) =>
  (await verify(clone, reference)).result.record.version;

const audit = async () => {
  clone.git('fetch', '--quiet', 'origin', 'model-registry');
  const commit = clone.git('rev-parse', 'FETCH_HEAD');
  return readAudit(await LedgerState.at(new Git(clone.workspace), commit));
};

describe('environments', () => {
  test('have the version of the commit that their tag stands on', async () => {
    await version('digits@v1.0.0');
    const { report } = await tagAt('digits#staging#1');
    expect(report).toMatchObject({
      passed: true,
      outputs: { status: 'assigned', version: 'digits@v1.0.0' },
    });
    expect(await standsAt('digits#staging')).toBe('v1.0.0');
    await version('digits@v2.0.0');
    await tagAt('digits#staging#2');
    expect(await standsAt('digits#staging')).toBe('v2.0.0');
  });

  test('take a commit that is not checked out', async () => {
    await version('digits@v1.0.0');
    await version('digits@v2.0.0');
    await tagAt('digits#staging#1', 'digits@v1.0.0');
    expect(await standsAt('digits#staging')).toBe('v1.0.0');
  });

  test('are reached in the order of the policy', async () => {
    await version('digits@v1.0.0');
    const early = await tagAt('digits#production#1');
    expect(early.report).toMatchObject({ passed: false, outputs: { status: 'refused' } });
    expect(early.report.text).toContain('digits@v1.0.0 must be in staging before production');
    await tagAt('digits#staging#2');
    expect((await tagAt('digits#production#3')).report.passed).toBe(true);
    expect(await standsAt('digits#production')).toBe('v1.0.0');
  });

  test('go back to the version before when the newest is taken away', async () => {
    await version('digits@v1.0.0');
    await tagAt('digits#staging#1');
    await version('digits@v2.0.0');
    await tagAt('digits#staging#2');
    expect((await tagAt('digits#staging!#3')).report.outputs.status).toBe('unassigned');
    expect(await standsAt('digits#staging')).toBe('v1.0.0');
    await tagAt('digits#staging!#4', 'digits@v1.0.0');
    await expect(standsAt('digits#staging')).rejects.toThrow(/is not registered/);
  });

  test('are not taken back by a job that ran late', async () => {
    await version('digits@v1.0.0');
    clone.tag('digits#staging#1');
    await version('digits@v2.0.0');
    await tagAt('digits#staging#2');
    const late = await register(clone, 'digits#staging#1');
    expect(late.report).toMatchObject({ passed: false, outputs: { status: 'conflict' } });
    expect(late.report.text).toMatch(/standing: v2\.0\.0 by the tag digits#staging#2/);
    expect(late.report.text).toMatch(/this one: v1\.0\.0 by the tag digits#staging#1/);
    expect(await standsAt('digits#staging')).toBe('v2.0.0');
    // It was assigned all the same, and is what comes back.
    await tagAt('digits#staging!#3');
    expect(await standsAt('digits#staging')).toBe('v1.0.0');
  });

  test('say so when the same tag is acted on again', async () => {
    await version('digits@v1.0.0');
    await tagAt('digits#staging#1');
    const before = clone.ledgerLog();
    const again = await register(clone, 'digits#staging#1');
    expect(again.report.headline).toBe('digits@v1.0.0 was assigned to digits#staging');
    expect(clone.ledgerLog()).toEqual(before);
  });

  test.each([
    ['digits#nowhere#1', /no environment nowhere; it has staging, production, locked/],
    ['digits#locked#1', /ada may not assign to locked: the policy allows nobody/],
    ['digits#staging!#1', /digits@v1\.0\.0 is not in staging/],
  ])('refuse %s', async (tag, reason) => {
    await version('digits@v1.0.0');
    const { report } = await tagAt(tag);
    expect(report).toMatchObject({ passed: false, outputs: { status: 'refused' } });
    expect(report.text).toMatch(reason);
  });

  test('refuse a commit without a version', async () => {
    expect((await tagAt('digits#staging#1')).report.text).toMatch(/has no version of digits/);
  });

  test('refuse a tag that was moved after it was acted on', async () => {
    await version('digits@v1.0.0');
    await tagAt('digits#staging#1');
    await version('digits@v2.0.0');
    clone.git('tag', '--force', 'digits#staging#1');
    clone.git('push', '--quiet', '--force', 'origin', 'refs/tags/digits#staging#1');
    expect((await register(clone, 'digits#staging#1')).report.text).toMatch(/never moves/);
    expect(await standsAt('digits#staging')).toBe('v1.0.0');
  });
});

describe('deprecation', () => {
  test('keeps a version by name and offers it no more', async () => {
    await version('digits@v1.0.0');
    await version('digits@v2.0.0');
    await tagAt('digits#staging#1');
    expect((await tagAt('digits@v2.0.0!')).report.outputs.status).toBe('deprecated');
    expect(await standsAt('digits')).toBe('v1.0.0');
    expect(await standsAt('digits@v2.0.0')).toBe('v2.0.0');
    await expect(standsAt('digits#staging')).rejects.toThrow(/is not registered/);
    expect((await tagAt('digits#staging#2')).report.text).toMatch(/is deprecated/);
  });

  test('stands on the commit of the version', async () => {
    await version('digits@v1.0.0');
    await version('digits@v2.0.0');
    const { report } = await tagAt('digits@v1.0.0!');
    expect(report.passed).toBe(false);
    expect(report.text).toContain('put the tag there');
  });

  test('retires a whole model', async () => {
    expect((await tagAt('digits@deprecated')).report.text).toMatch(/has no version/);
    await version('digits@v1.0.0');
    clone.git('push', '--quiet', 'origin', ':refs/tags/digits@deprecated');
    clone.git('tag', '--delete', 'digits@deprecated');
    expect((await tagAt('digits@deprecated')).report.outputs.status).toBe('retired');
  });
});

describe('who may do what', () => {
  test("is the policy's word, and every decision is on record", async () => {
    await clone.write('.github/model-ci.yml', `${RULES}  allow:\n    register: [eve]\n`);
    clone.commit('Only eve');
    clone.tag('digits@v1.0.0');
    const { report } = await register(clone, 'digits@v1.0.0');
    expect(report.text).toContain('ada may not register: the policy allows eve');
    await clone.write('.github/model-ci.yml', RULES);
    await version('digits@v1.1.0');
    await tagAt('digits#production#1');
    await tagAt('digits#staging#2');
    const { lines, brokenAt } = await audit();
    expect(brokenAt).toBeUndefined();
    expect(
      lines.map(({ user, action, resource, result }) => [user, action, resource, result]),
    ).toEqual([
      ['ada', 'register', 'digits@v1.0.0', 'refused'],
      ['ada', 'register', 'digits@v1.1.0', 'ok'],
      ['ada', 'assign', 'digits#production', 'refused'],
      ['ada', 'assign', 'digits#staging', 'ok'],
    ]);
  });

  test('counts tags on the named branches alone', async () => {
    await clone.write('.github/model-ci.yml', `${RULES}  branches: [main]\n`);
    clone.commit('Only main');
    clone.git('checkout', '--quiet', '-b', 'side');
    await clone.write('models/digits/model.onnx', 'side weights');
    clone.git('commit', '--quiet', '--all', '--message', 'Side');
    clone.tag('digits@v1.0.0');
    const { report } = await register(clone, 'digits@v1.0.0');
    expect(report.text).toMatch(/is on none of the branches main/);
    clone.git('push', '--quiet', 'origin', 'HEAD:main');
    expect((await register(clone, 'digits@v1.0.0')).report.passed).toBe(true);
  });
});
