import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startGitHub, type GitHub } from '../services/github.ts';
import { Clone } from './clone.ts';
import { fsck, register, verify } from './commands.ts';

let clone: Clone;
let github: GitHub;
beforeEach(async () => {
  clone = await Clone.create();
  github = await startGitHub(clone.root, {
    repository: 'lab/digits',
    tokens: {
      writer: { login: 'ada', permissions: { contents: 'write' } },
      reader: { login: 'eve', permissions: { contents: 'read' } },
    },
  });
  // Git blocks this process while it runs, and so the stand-in: the clone is filled on disk.
  clone.git('remote', 'set-url', 'origin', github.folder);
  clone.git('push', '--quiet', 'origin', 'main');
  clone.tag('digits@v1.0.0');
});
afterEach(async () => {
  await github.close();
  await clone.remove();
});

const use = (token: string) => clone.git('remote', 'set-url', 'origin', github.remote(token));

describe('over HTTP', () => {
  test('registers, verifies and checks', async () => {
    use('writer');
    expect((await register(clone, 'digits@v1.0.0')).report.outputs.status).toBe('registered');
    expect((await verify(clone, 'digits')).report.passed).toBe(true);
    expect((await fsck(clone)).result.problems).toEqual([]);
    expect(await github.git('log', '--format=%an: %s', 'model-registry')).toBe(
      'ada: Register digits@v1.0.0',
    );
  });

  test('names the permission that a token lacks, and not the token', async () => {
    use('reader');
    const failed = register(clone, 'digits@v1.0.0');
    await expect(failed).rejects.toMatchObject({
      name: 'UserError',
      hint: expect.stringContaining("'contents: write'"),
    });
    await expect(failed).rejects.not.toThrow(/reader/);
    expect(await github.git('branch', '--list', 'model-registry')).toBe('');
    // What was stored waits for the retry, and is nothing to worry about.
    use('writer');
    expect((await fsck(clone)).report.passed).toBe(true);
    expect((await register(clone, 'digits@v1.0.0')).report.passed).toBe(true);
  });

  test('says so where the token is unknown', async () => {
    use('stranger');
    await expect(register(clone, 'digits@v1.0.0')).rejects.toThrow(/refused to be read/);
    await expect(verify(clone, 'digits')).rejects.toThrow(/refused to be read/);
  });

  test('a reader can verify', async () => {
    use('writer');
    await register(clone, 'digits@v1.0.0');
    use('reader');
    expect((await verify(clone, 'digits@v1.0.0')).report.passed).toBe(true);
  });

  test.each([500, 502, 429])('survives a server that answers %i', async (status) => {
    use('writer');
    github.fail({ on: /git-receive-pack/, status, times: 1 });
    await expect(register(clone, 'digits@v1.0.0')).rejects.toMatchObject({
      name: 'EnvironmentError',
    });
    expect(await github.git('branch', '--list', 'model-registry')).toBe('');
    expect((await register(clone, 'digits@v1.0.0')).report.passed).toBe(true);
    expect((await fsck(clone)).result.problems).toEqual([]);
  });
});
