import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { checkFits } from '../../src/actions/register-snapshot/publish.ts';
import { Clone, POLICY } from '../registry/clone.ts';
import { register, verify } from '../registry/commands.ts';
import { startGitHub, type GitHub } from '../services/github.ts';

const TAG = 'digits@v1.0.0';

// The toolkit asks where the API is when it is loaded: one stand-in serves all tests.
let github: GitHub;
let clone: Clone;
beforeAll(async () => {
  clone = await Clone.create(POLICY);
  github = await startGitHub(path.join(clone.root, 'git'), {
    repository: 'acme/digits',
    tokens: {
      writer: { login: 'bot', permissions: { contents: 'write' } },
      reader: { login: 'bot', permissions: { contents: 'read' } },
      stranger: { login: 'bot', permissions: {} },
    },
  });
  process.env.GITHUB_API_URL = github.url;
});
afterAll(async () => {
  delete process.env.GITHUB_API_URL;
  await github.close();
  await clone.remove();
});

const ports = async (token: string) => {
  const { githubReleases } = await import('../../src/runner/github/releases.ts');
  const releases = githubReleases({ token, repository: 'acme/digits' });
  return { ...clone.ports(), releases };
};
const fromRelease = async (options: Readonly<Record<string, string>> = {}, token = 'reader') =>
  verify(clone, TAG, { source: 'release', ...options }, await ports(token));
const contents = (name: string) => {
  const asset = github.releases.flatMap(({ assets }) => assets).find(({ label }) => label === name);
  return asset && { id: asset.id, bytes: github.assets.get(asset.id)! };
};

describe('a version that is read from its release', () => {
  const deployed = () => path.join(clone.workspace, 'deployed');

  beforeAll(async () => {
    await mkdir(path.join(clone.workspace, 'models/digits/labels'), { recursive: true });
    // These two get one name where folders become dots, and nothing is in the third.
    await clone.write('models/digits/labels/en.txt', 'zero one two');
    await clone.write('models/digits/labels.en.txt', 'null eins zwei');
    await clone.write('models/digits/empty.txt', '');
    clone.commit('More files');
    clone.tag(TAG);
    const { report } = await register(clone, TAG, { release: 'true' }, await ports('writer'));
    expect(report.passed).toBe(true);
    // The release is all that is left of the bytes.
    await rm(clone.store, { recursive: true });
  });
  beforeEach(() => rm(deployed(), { recursive: true, force: true }));

  test('is put in place with every file, read by a token that may only read', async () => {
    const { report } = await fromRelease({ output: 'deployed' });
    expect(report.outputs).toMatchObject({ verdict: 'verified', path: deployed() });
    const files = await readdir(deployed(), { recursive: true });
    const names = ['README.md', 'empty.txt', 'labels', 'labels.en.txt', 'labels/en.txt'];
    expect(files.sort()).toEqual([...names, 'model.onnx'].sort());
    for (const name of ['labels.en.txt', 'labels/en.txt', 'empty.txt', 'model.onnx']) {
      const given = await readFile(path.join(clone.workspace, 'models/digits', name), 'utf8');
      expect(await readFile(path.join(deployed(), name), 'utf8')).toBe(given);
    }
  });

  test('needs no store', async () => {
    const policy = '.github/model-ci.yml';
    await clone.write(policy, POLICY.replace(/registry:[\s\S]*/, ''));
    expect((await fromRelease()).report.outputs.verdict).toBe('verified');
    await clone.write(policy, POLICY);
  });

  test.each([
    ['exchanged', (bytes: Buffer) => Buffer.from(bytes.toString().replace('f', 'g'))],
    ['cut', (bytes: Buffer) => bytes.subarray(0, 5)],
    ['longer', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(3)])],
  ])('is refused where a file was %s afterwards', async (_what, change) => {
    await fromRelease({ output: 'deployed' });
    await clone.write('deployed/marker', 'what runs today');
    const { id, bytes } = contents('model.onnx')!;
    github.assets.set(id, change(bytes));
    const { report, result } = await fromRelease({ output: 'deployed' });
    github.assets.set(id, bytes);
    expect(report.passed).toBe(false);
    expect(result.differences).toMatchObject([{ file: 'model.onnx', problem: 'corrupt' }]);
    expect(await readdir(deployed())).toContain('marker');
  });

  test.each([
    ['a file of 2 GiB', [{ name: 'model.onnx', size: 2 ** 31 }], /model.onnx has .*below 2 GiB/],
    [
      'more files than a release holds',
      Array.from({ length: 1000 }, (_, index) => ({ name: `part-${index}`, size: 1 })),
      /1002 files .*GitHub takes 1000/,
    ],
  ])('would not fit beside a release with %s', async (_what, files, message) => {
    const { record } = (await fromRelease()).result;
    const digest = record.manifest;
    const large = { ...record, files: files.map((file) => ({ ...file, digest })) };
    expect(() => {
      checkFits(large);
    }).toThrow(message);
    checkFits(record);
  });

  test('is refused where a file was taken away', async () => {
    const [release] = github.releases as unknown as { assets: readonly { label: string }[] }[];
    const { assets } = release!;
    release!.assets = assets.filter(({ label }) => label !== 'model.onnx');
    const { result } = await fromRelease();
    release!.assets = assets;
    expect(result.differences).toMatchObject([{ file: 'model.onnx', problem: 'missing' }]);
  });

  test('survives a download that fails, and gives up in words', async () => {
    github.fail({ on: /release-assets/, status: 500, times: 2 });
    expect((await fromRelease({ output: 'deployed' })).report.passed).toBe(true);
    github.fail({ on: /release-assets/, status: 500, times: 100 });
    await expect(fromRelease()).rejects.toThrow(
      /^the release digits@v1.0.0 could not be read: GitHub answered 500/,
    );
  });
});

test('says which permission is missing, and that there is no release', async () => {
  await expect(fromRelease({}, 'stranger')).rejects.toMatchObject({
    hint: expect.stringMatching(/contents: read/),
  });
  await clone.write('models/digits/model.onnx', 'second weights');
  clone.commit('Second model');
  clone.tag('digits@v1.1.0');
  await register(clone, 'digits@v1.1.0');
  await expect(
    verify(clone, 'digits@v1.1.0', { source: 'release' }, await ports('reader')),
  ).rejects.toThrow('digits@v1.1.0 was not published as a release');
  await expect(verify(clone, TAG, { source: 'release' })).rejects.toThrow(
    'there are no releases outside of GitHub',
  );
});
