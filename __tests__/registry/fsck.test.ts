import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmod, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DirectoryStore } from '../../src/store/directory.ts';
import { hashBytes } from '../../src/store/hash.ts';
import { Clone } from './clone.ts';
import { fsck, register, verify } from './commands.ts';

let clone: Clone;
let store: DirectoryStore;
beforeEach(async () => {
  clone = await Clone.create();
  store = new DirectoryStore(clone.store);
  clone.tag('digits@v1.0.0');
  await register(clone, 'digits@v1.0.0');
});
afterEach(() => clone.remove());

const kinds = async (options = {}) =>
  (await fsck(clone, options)).result.problems.map(({ kind, severity }) => [kind, severity]);

const weights = hashBytes('first weights');
const overwrite = async (file: string, content: string) => {
  await chmod(file, 0o644);
  await writeFile(file, content);
};

describe('fsck', () => {
  test('finds nothing in a sound registry, nor in an empty one', async () => {
    const { report, result } = await fsck(clone);
    expect(report.passed).toBe(true);
    expect(result).toMatchObject({ versions: 1, blobs: 3, problems: [] });
    const empty = await Clone.create();
    expect((await fsck(empty)).result).toMatchObject({ versions: 0, blobs: 0, problems: [] });
    await empty.remove();
  });

  test('names a corrupt file', async () => {
    await overwrite(store.pathOf(weights), 'tampered');
    const { report } = await fsck(clone);
    expect(report.passed).toBe(false);
    expect(report.text).toContain('model.onnx');
    expect(await kinds()).toEqual([['corrupt', 'error']]);
  });

  test('names a missing file and a version without any', async () => {
    await rm(store.pathOf(weights));
    expect(await kinds()).toEqual([['missing', 'error']]);
    await rm(path.join(clone.store, 'sha256'), { recursive: true });
    expect(await kinds()).toEqual([['ghost', 'error']]);
  });

  test('names tags that moved, went away or were never registered', async () => {
    await clone.write('notes.txt', 'later');
    clone.commit('Later');
    clone.tag('digits@v2.0.0', 'other@v1.0.0', 'v9.0.0');
    expect(await kinds()).toEqual([['unregistered-tag', 'warning']]);
    clone.git('push', '--quiet', '--force', 'origin', 'HEAD:refs/tags/digits@v1.0.0');
    expect(await kinds()).toContainEqual(['moved-tag', 'error']);
    clone.git('push', '--quiet', 'origin', ':refs/tags/digits@v1.0.0');
    expect(await kinds()).toContainEqual(['missing-tag', 'warning']);
  });

  test('names a line of the audit trail that was edited', async () => {
    await clone.write('models/digits/model.onnx', 'second weights');
    clone.commit('Second');
    clone.tag('digits@v2.0.0');
    await register(clone, 'digits@v2.0.0');
    clone.git('fetch', '--quiet', 'origin', 'model-registry');
    clone.git('worktree', 'add', '--quiet', '../ledger', 'FETCH_HEAD');
    const folder = path.join(clone.root, 'ledger', 'audit');
    const [name = ''] = await readdir(folder);
    const text = await readFile(path.join(folder, name), 'utf8');
    await writeFile(path.join(folder, name), text.replace('"user":"ada"', '"user":"eve"'));
    clone.git('-C', '../ledger', 'commit', '--quiet', '--all', '--message', 'Edit');
    clone.git('-C', '../ledger', 'push', '--quiet', 'origin', 'HEAD:model-registry');
    expect(await kinds()).toEqual([['broken-audit', 'error']]);
  });

  test('prunes old orphans, and nothing that is young or needed', async () => {
    const [old, young] = [hashBytes('old orphan'), hashBytes('young orphan')];
    await store.putBytes(old, Buffer.from('old orphan'));
    await store.putBytes(young, Buffer.from('young orphan'));
    const longAgo = new Date('2020-01-01');
    for (const digest of [old, weights]) await utimes(store.pathOf(digest), longAgo, longAgo);
    expect(await kinds()).toEqual([
      ['orphan', 'notice'],
      ['orphan', 'notice'],
    ]);
    const { report, result } = await fsck(clone, { prune: 'true' });
    expect(report.passed).toBe(true);
    expect(result.pruned).toEqual({ blobs: 1, bytes: 10 });
    expect(await store.has(old)).toBe(false);
    expect(await store.has(young)).toBe(true);
    expect((await verify(clone, 'digits@v1.0.0')).report.passed).toBe(true);
  });

  test('prunes nothing that another repository keeps in the same store', async () => {
    const neighbour = await Clone.create(
      `models:\n  digits:\n    path: models/digits\nregistry:\n  store: ${clone.store}\n`,
    );
    await neighbour.write('models/digits/model.onnx', 'weights of the neighbour');
    neighbour.commit('Theirs');
    neighbour.tag('digits@v1.0.0');
    await register(neighbour, 'digits@v1.0.0');
    await fsck(clone, { prune: 'true', grace: '0' });
    expect((await verify(neighbour, 'digits@v1.0.0')).report.passed).toBe(true);
    expect((await fsck(neighbour)).result.problems).toEqual([]);
    await neighbour.remove();
  });
});
