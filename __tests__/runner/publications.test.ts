import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { Asset, Release } from '../../src/runner/ports.ts';
import { startGitHub, type GitHub } from '../services/github.ts';

const access = (token: string) => ({ token, repository: 'acme/digits' });

// The toolkit asks where the API is when it is loaded: one stand-in serves all tests.
let github: GitHub;
let root: string;
let tag = '';
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'publications-'));
  github = await startGitHub(path.join(root, 'git'), {
    repository: 'acme/digits',
    tokens: {
      writer: {
        login: 'bot',
        permissions: { contents: 'write', issues: 'write', attestations: 'write' },
      },
      reader: { login: 'bot', permissions: { contents: 'read', issues: 'read' } },
    },
  });
  process.env.GITHUB_API_URL = github.url;
});
afterAll(async () => {
  delete process.env.GITHUB_API_URL;
  await github.close();
  await rm(root, { recursive: true });
});
let tests = 0;
beforeEach(() => {
  tag = `digits@v1.0.${++tests}`;
});
const made = () => github.releases.filter(({ tag_name }) => tag_name === tag);

const asset = (name: string, text: string): Asset => ({
  name,
  label: name,
  size: Buffer.byteLength(text),
  digest: `sha256:${createHash('sha256').update(text).digest('hex')}`,
  open: () => Readable.from([Buffer.from(text)]),
});
const release = (...assets: readonly Asset[]): Release => ({
  tag,
  title: tag,
  notes: 'notes',
  prerelease: false,
  assets,
});

describe('a release', () => {
  const publish = async (content: Release, token = 'writer') => {
    const { githubReleases } = await import('../../src/runner/github/releases.ts');
    return githubReleases(access(token)).publish(content);
  };
  const weights = asset('model.onnx', 'weights');
  const card = asset('README.md', 'card');

  test('is drafted, filled and published last', async () => {
    expect(await publish(release(weights, card))).toMatchObject({
      status: 'created',
      url: expect.stringContaining(tag),
    });
    expect(made()).toMatchObject([
      { draft: false, assets: [{ digest: weights.digest }, { digest: card.digest }] },
    ]);
    expect(github.calls.at(-1)).toMatch(/^PATCH/);
    expect(await publish(release(weights, card))).toMatchObject({ status: 'present' });
  });

  test('that was interrupted stays a draft and is finished by the next job', async () => {
    github.fail({ on: /POST .*assets/, status: 500, body: 'no' });
    await expect(publish(release(weights, card))).rejects.toThrow(/not published/);
    expect(made()).toMatchObject([{ draft: true, assets: [] }]);
    await publish(release(weights, card));
    expect(made()).toMatchObject([{ draft: false, assets: [{}, {}] }]);
  });

  test('gets a damaged asset anew, and is not published with one', async () => {
    github.fail({ on: /PATCH/, status: 422, body: 'no' });
    await expect(publish(release(asset('model.onnx', 'other')))).rejects.toThrow(/not published/);
    github.fail({
      on: /POST .*assets/,
      status: 201,
      body: { id: 9, name: 'model.onnx', size: 7, state: 'uploaded', digest: 'sha256:0' },
    });
    await expect(publish(release(weights))).rejects.toThrow(/received other bytes/);
    expect(made()).toMatchObject([{ draft: true, assets: [] }]);
  });

  test('that is published with other files is not changed', async () => {
    await publish(release(weights));
    await expect(publish(release(asset('model.onnx', 'changed')))).rejects.toThrow(
      /published without model.onnx/,
    );
    expect(made()).toMatchObject([{ assets: [{ digest: weights.digest }] }]);
  });

  test('says which permission a job lacks', async () => {
    await expect(publish(release(weights), 'reader')).rejects.toMatchObject({
      hint: expect.stringMatching(/contents: write/),
    });
  });
});

describe('an issue', () => {
  const open = async (token = 'writer') => {
    const { githubIssues } = await import('../../src/runner/github/issues.ts');
    return githubIssues(access(token)).report('model-ci:sha256:1', 'digits differs', 'why');
  };

  test('is opened once, and added to after that', async () => {
    expect(await open()).toMatchObject({ status: 'created' });
    expect(await open()).toMatchObject({ status: 'present' });
    expect(github.issues).toMatchObject([{ title: 'digits differs', labels: ['model-ci'] }]);
    expect(github.comments).toMatchObject([{ issue: 1, body: 'why' }]);
  });

  test('says which permission a job lacks', async () => {
    await expect(open('reader')).rejects.toMatchObject({
      hint: expect.stringMatching(/issues: write/),
    });
  });
});

describe('an attestation', () => {
  const weights = { name: 'model.onnx', digest: asset('model.onnx', 'weights').digest };
  const card = { name: 'README.md', digest: asset('README.md', 'card').digest };
  const attest = async (...subjects: readonly (typeof card)[]) => {
    const { githubAttestations } = await import('../../src/runner/github/attestations.ts');
    return githubAttestations(access('writer')).attest(subjects);
  };
  /** As another run made it, of some of the files. */
  const attested = ({ name, digest }: typeof card) => {
    const subject = [{ name, digest: { sha256: digest.replace('sha256:', '') } }];
    const payload = Buffer.from(JSON.stringify({ subject })).toString('base64');
    github.attestations.push({ id: 1, bundle: { dsseEnvelope: { payload } } });
  };
  beforeAll(() => {
    process.env.ACTIONS_ID_TOKEN_REQUEST_URL = `${github.url}/no-identity`;
    process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN = 'none';
  });
  afterAll(() => {
    delete process.env.ACTIONS_ID_TOKEN_REQUEST_URL;
    delete process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN;
  });

  test('is there only where it speaks of every file', async () => {
    attested(card);
    expect(await attest(card)).toMatchObject({ status: 'present' });
    // It goes on to make one, which takes an identity that this stand-in does not give.
    await expect(attest(card, weights)).rejects.toThrow(/the files were not attested/);
    attested(weights);
    expect(await attest(card, weights)).toMatchObject({ status: 'present' });
  });
});
