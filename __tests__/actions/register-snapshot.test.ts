import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { registerSnapshot } from '../../src/actions/register-snapshot/use-case.ts';
import { writeEvidence } from '../../src/registry/evidence.ts';
import { readInputs } from '../../src/runner/inputs.ts';
import type { Digest } from '../../src/store/digest.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { Clone, POLICY } from '../registry/clone.ts';
import { digestIn, evidence, register, verify } from '../registry/commands.ts';

let clone: Clone;
beforeEach(async () => {
  clone = await Clone.create();
});
afterEach(() => clone.remove());

describe('register', () => {
  test('makes a tag mean its bytes, in one commit of the ledger', async () => {
    clone.tag('digits@v1.0.0');
    const { report } = await register(clone, 'digits@v1.0.0');
    expect(report).toMatchObject({
      passed: true,
      outputs: { version: 'digits@v1.0.0', status: 'registered', digest: await digestIn(clone) },
    });
    expect(clone.ledgerLog()).toEqual(['Register digits@v1.0.0']);
    const record = JSON.parse(clone.ledger('models/digits/versions/v1.0.0.json')) as object;
    expect(record).toMatchObject({
      model: 'digits',
      version: 'v1.0.0',
      source: { repository: 'lab/digits', commit: clone.git('rev-parse', 'HEAD') },
      registered: { by: 'ada' },
    });
  });

  test('leaves the clone as it was: no branch, no index, no changed file', async () => {
    clone.tag('digits@v1.0.0');
    await clone.write('staged.txt', 'half done');
    clone.git('add', 'staged.txt');
    const before = clone.git('status', '--porcelain=v2', '--branch');
    await register(clone, 'digits@v1.0.0');
    expect(clone.git('status', '--porcelain=v2', '--branch')).toBe(before);
    expect(clone.git('branch', '--all', '--format=%(refname)').split('\n')).toEqual([
      'refs/heads/main',
      'refs/remotes/origin/main',
      // Git's own note of what was pushed.
      'refs/remotes/origin/model-registry',
    ]);
  });

  test('takes the tag from the push', async () => {
    clone.tag('digits@v1.0.0');
    const inputs = readInputs(registerSnapshot.inputs, new Map());
    const event = { name: 'tag', ref: 'refs/tags/digits@v1.0.0' } as const;
    const result = await registerSnapshot.run(inputs, clone.ports(event));
    expect(result.outcome.status).toBe('registered');
  });

  test('takes a plain version where there is one model', async () => {
    clone.tag('v1.0.0');
    const { report } = await register(clone, 'v1.0.0');
    expect(report.outputs.version).toBe('digits@v1.0.0');
    expect((await verify(clone, 'digits@v1.0.0')).report.passed).toBe(true);
  });

  test('says so when the same bytes are registered again, and adds nothing', async () => {
    clone.tag('digits@v1.0.0');
    const first = await register(clone, 'digits@v1.0.0');
    const second = await register(clone, 'digits@v1.0.0');
    expect(second.report).toMatchObject({
      passed: true,
      outputs: { ...first.report.outputs, status: 'already-registered' },
    });
    expect(clone.ledgerLog()).toHaveLength(1);
  });

  test('refuses other bytes for a version that is there, and names both sides', async () => {
    clone.tag('digits@v1.0.0');
    const { report: first } = await register(clone, 'digits@v1.0.0');
    await clone.write('models/digits/model.onnx', 'other weights');
    clone.commit('Other');
    clone.git('tag', '--force', 'digits@v1.0.0');
    clone.git('push', '--quiet', '--force', 'origin', 'refs/tags/digits@v1.0.0');
    const { report } = await register(clone, 'digits@v1.0.0');
    expect(report.passed).toBe(false);
    expect(report.outputs.status).toBe('conflict');
    expect(report.text).toContain(first.outputs.digest);
    expect(report.text).toContain(await digestIn(clone));
    expect(report.text).toMatch(/model\.onnx: sha256:[0-9a-f]{12} registered, sha256:/);
    // The attempt is on record; the version is not changed.
    expect(clone.ledgerLog()).toEqual(['Refuse digits@v1.0.0', 'Register digits@v1.0.0']);
    const record = JSON.parse(clone.ledger('models/digits/versions/v1.0.0.json')) as object;
    expect(record).toMatchObject({ digest: first.outputs.digest });
  });

  test('refuses a second version of the same commit', async () => {
    clone.tag('digits@v1.0.0', 'digits@v1.0.1');
    await register(clone, 'digits@v1.0.0');
    const { report } = await register(clone, 'digits@v1.0.1');
    expect(report.outputs.status).toBe('refused');
    expect(report.text).toMatch(/is digits@v1\.0\.0 already/);
  });

  test('notices a tag that was moved to another commit with the same bytes', async () => {
    clone.tag('digits@v1.0.0');
    await register(clone, 'digits@v1.0.0');
    await clone.write('notes.txt', 'unrelated');
    clone.commit('Unrelated');
    clone.git('tag', '--force', 'digits@v1.0.0');
    clone.git('push', '--quiet', '--force', 'origin', 'refs/tags/digits@v1.0.0');
    const { report } = await register(clone, 'digits@v1.0.0');
    expect(report.outputs.status).toBe('conflict');
    expect(report.text).toContain('the tag was moved');
  });

  test('keeps evidence that speaks of these bytes', async () => {
    clone.tag('digits@v1.0.0');
    await evidence(clone, 'lint', await digestIn(clone));
    await register(clone, 'digits@v1.0.0');
    const record = JSON.parse(clone.ledger('models/digits/versions/v1.0.0.json')) as {
      evidence: { kind: string; digest: Digest }[];
    };
    expect(record.evidence).toMatchObject([{ kind: 'lint' }]);
    const stored = await new DirectoryStore(clone.store).getBytes(record.evidence[0]!.digest, 1e6);
    expect(JSON.parse(stored.toString())).toMatchObject({ evidence: 'lint', passed: true });
  });

  test.each([
    [
      'of other bytes',
      () => evidence(clone, 'lint', `sha256:${'0'.repeat(64)}`),
      /speaks of sha256:0000/,
    ],
    [
      'of a failed check',
      async () => evidence(clone, 'lint', await digestIn(clone), false),
      /did not pass/,
    ],
    [
      'of another model',
      () =>
        writeEvidence(clone.workspace, '.model-ci/reports', {
          evidence: 'lint',
          version: 1,
          models: [],
          passed: true,
        }),
      /says nothing about digits/,
    ],
  ])('refuses evidence %s', async (_what, prepare, reason) => {
    clone.tag('digits@v1.0.0');
    await prepare();
    const { report } = await register(clone, 'digits@v1.0.0');
    expect(report).toMatchObject({ passed: false, outputs: { status: 'refused' } });
    expect(report.text).toMatch(reason);
    expect(clone.ledgerLog()).toEqual(['Refuse digits@v1.0.0']);
    await expect(verify(clone, 'digits@v1.0.0')).rejects.toThrow(/is not registered/);
  });

  test('refuses where the policy requires evidence and there is none', async () => {
    await clone.write('.github/model-ci.yml', `${POLICY}  evidence: [evaluation]\n`);
    clone.commit('Require');
    clone.tag('digits@v1.0.0');
    const { report } = await register(clone, 'digits@v1.0.0');
    expect(report.text).toContain('requires evaluation evidence');
    await evidence(clone, 'evaluation', await digestIn(clone));
    expect((await register(clone, 'digits@v1.0.0')).report.passed).toBe(true);
  });

  test.each([
    ['other@v1.0.0', /no model is called 'other'/],
    ['digits@v1', /says nothing about a model/],
    ['../../etc@v1.0.0', /says nothing about a model|no model/],
    ['--upload-pack=touch pwned@v1.0.0', /says nothing about a model/],
    ['$(touch pwned)@v1.0.0', /says nothing about a model/],
    ['digits@v1.0.0\n', /says nothing about a model/],
    ['digits@v9.9.9', /is not on the remote/],
  ])('refuses the tag %j', async (tag, message) => {
    await expect(register(clone, tag)).rejects.toThrow(message);
  });

  test('refuses a tag that is not checked out', async () => {
    clone.tag('digits@v1.0.0');
    await clone.write('notes.txt', 'later');
    clone.commit('Later');
    await expect(register(clone, 'digits@v1.0.0')).rejects.toThrow(/is checked out/);
  });

  test('refuses a tag that the remote does not have', async () => {
    clone.git('tag', 'digits@v1.0.0');
    await expect(register(clone, 'digits@v1.0.0')).rejects.toMatchObject({
      hint: expect.stringContaining("git push origin 'refs/tags/digits@v1.0.0'"),
    });
  });

  test('tells how to configure a store', async () => {
    await clone.write('.github/model-ci.yml', POLICY.replace(/registry:[^]*/, ''));
    clone.commit('No store');
    clone.tag('digits@v1.0.0');
    await expect(register(clone, 'digits@v1.0.0')).rejects.toMatchObject({
      name: 'UserError',
      hint: expect.stringContaining('registry.store'),
    });
  });

  test('names the permission where the remote declines', async () => {
    clone.tag('digits@v1.0.0');
    const hook = path.join(clone.remote, 'hooks', 'pre-receive');
    await writeFile(hook, '#!/bin/sh\necho "protected branch" >&2\nexit 1\n');
    await chmod(hook, 0o755);
    await expect(register(clone, 'digits@v1.0.0')).rejects.toMatchObject({
      hint: expect.stringContaining('contents: write'),
    });
    expect(() => clone.ledgerLog()).toThrow();
  });

  test('runs no hook of the clone', async () => {
    clone.tag('digits@v1.0.0');
    const hook = path.join(clone.workspace, '.git', 'hooks', 'pre-push');
    await mkdir(path.dirname(hook), { recursive: true });
    await writeFile(hook, '#!/bin/sh\nexit 1\n');
    await chmod(hook, 0o755);
    expect((await register(clone, 'digits@v1.0.0')).report.passed).toBe(true);
  });

  test('refuses links in a model', async () => {
    await symlink('/etc/passwd', path.join(clone.workspace, 'models/digits/link'));
    clone.commit('Link');
    clone.tag('digits@v1.0.0');
    await expect(register(clone, 'digits@v1.0.0')).rejects.toThrow(/not a regular file/);
  });

  test('lets two clones register two versions at once', async () => {
    clone.tag('digits@v1.0.0');
    const other = clone.another('other');
    await other.write('models/digits/model.onnx', 'second weights');
    other.commit('Second');
    other.tag('digits@v2.0.0');
    const results = await Promise.all([
      register(clone, 'digits@v1.0.0'),
      register(other, 'digits@v2.0.0'),
    ]);
    expect(results.map(({ result }) => result.outcome.status)).toEqual([
      'registered',
      'registered',
    ]);
    expect(clone.ledgerLog().toSorted()).toEqual([
      'Register digits@v1.0.0',
      'Register digits@v2.0.0',
    ]);
    expect((await verify(clone, 'digits@v1.0.0')).report.passed).toBe(true);
    expect((await verify(clone, 'digits@v2.0.0')).report.passed).toBe(true);
  });

  test('notices that the history of the ledger was rewritten', async () => {
    clone.tag('digits@v1.0.0');
    await register(clone, 'digits@v1.0.0');
    await clone.write('models/digits/model.onnx', 'second weights');
    clone.commit('Second');
    clone.tag('digits@v2.0.0');
    await register(clone, 'digits@v2.0.0');
    const seen = clone.git('rev-parse', 'refs/model-ci/origin/model-registry');
    clone.git('push', '--quiet', '--force', 'origin', `${seen}~1:refs/heads/model-registry`);
    await expect(verify(clone, 'digits@v1.0.0')).rejects.toThrow(
      /history of the ledger was rewritten/,
    );
    clone.git('push', '--quiet', 'origin', ':refs/heads/model-registry');
    await expect(verify(clone, 'digits@v1.0.0')).rejects.toThrow(/is gone/);
  });
});
