import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { Clone } from './clone.ts';
import { fsck, register, verify } from './commands.ts';

const child = path.resolve('__tests__/registry/register-until.ts');
const tsx = path.resolve('node_modules/tsx/dist/loader.mjs');

/** Runs a registration that is killed before its n-th step; 0 lets it finish. */
function registerUntil(clone: Clone, tag: string, step: number) {
  const { signal, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', tsx, child, tag, String(step)],
    { cwd: clone.workspace, encoding: 'utf8' },
  );
  return { signal, steps: stdout.split('\n').filter(Boolean), stderr };
}

describe('a registration that is killed', () => {
  let clone: Clone;
  beforeAll(async () => {
    clone = await Clone.create();
    clone.tag('digits@v0.0.0');
  });
  afterAll(() => clone.remove());

  // Two files: the model and its card.
  const steps = ['hash', 'store', 'store', 'manifest', 'pin', 'commit', 'push', 'pushed'];

  test('has these steps', async () => {
    expect(registerUntil(clone, 'digits@v0.0.0', 0)).toEqual({ signal: null, steps, stderr: '' });
    expect((await verify(clone, 'digits@v0.0.0')).report.passed).toBe(true);
  });

  test.each(steps.map((step, index) => [index + 1, step] as const))(
    'before step %i (%s) leaves no ghost, and the retry succeeds',
    async (number, step) => {
      const version = `digits@v${number}.0.0`;
      await clone.write('models/digits/model.onnx', `weights ${number}`);
      clone.commit(version);
      clone.tag(version);
      expect(registerUntil(clone, version, number).signal).toBe('SIGKILL');

      const pushed = step === 'pushed';
      expect(clone.ledgerLog().includes(`Register ${version}`)).toBe(pushed);
      const after = await fsck(clone);
      expect(after.report.passed).toBe(true);

      const retried = await register(clone, version);
      expect(retried.report.outputs.status).toBe(pushed ? 'already-registered' : 'registered');
      expect((await verify(clone, version)).report.passed).toBe(true);
      expect((await fsck(clone)).result.problems).toEqual([]);
    },
  );

  test('before its commit is finished by fsck --repair, as it was begun', async () => {
    await clone.write('models/digits/model.onnx', 'to be finished');
    clone.commit('Finish me');
    clone.tag('digits@v20.0.0');
    registerUntil(clone, 'digits@v20.0.0', steps.indexOf('commit') + 1);
    await expect(verify(clone, 'digits@v20.0.0')).rejects.toThrow(/is not registered/);
    const { report, result } = await fsck(clone, { repair: 'true' });
    expect(result).toMatchObject({ finished: ['digits@v20.0.0'], problems: [] });
    expect(report.text).toContain('finished the registration of digits@v20.0.0');
    expect((await verify(clone, 'digits@v20.0.0')).report.passed).toBe(true);
  });

  test('is not finished once its tag is gone', async () => {
    await clone.write('models/digits/model.onnx', 'not to be finished');
    clone.commit('Do not finish me');
    clone.tag('digits@v21.0.0');
    registerUntil(clone, 'digits@v21.0.0', steps.indexOf('commit') + 1);
    clone.git('push', '--quiet', 'origin', ':refs/tags/digits@v21.0.0');
    const { result } = await fsck(clone, { repair: 'true' });
    expect(result).toMatchObject({ finished: [], problems: [{ kind: 'interrupted' }] });
    await fsck(clone, { prune: 'true', grace: '0' });
  });

  test.each(steps.slice(0, -1).map((step, index) => [index + 1, step] as const))(
    'before step %i (%s) and given up is gone after a prune, and nothing else is',
    async (number) => {
      const version = `digits@v${number}.1.0`;
      await clone.write('models/digits/model.onnx', `given up ${number}`);
      clone.commit(version);
      clone.tag(version);
      expect(registerUntil(clone, version, number).signal).toBe('SIGKILL');
      clone.git('push', '--quiet', 'origin', `:refs/tags/${version}`);

      const pruned = await fsck(clone, { prune: 'true', grace: '0' });
      expect(pruned.report.passed).toBe(true);
      expect((await fsck(clone)).result.problems).toEqual([]);
      expect((await verify(clone, 'digits@v0.0.0')).report.passed).toBe(true);
      await expect(verify(clone, version)).rejects.toThrow(/is not registered/);
    },
  );
});
