import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { chooseBaseline } from '../../src/actions/evaluate/baseline.ts';
import { locate } from '../../src/actions/evaluate/candidate.ts';
import { recordBaseline } from '../../src/actions/evaluate/recorded-baseline.ts';
import { commentReport } from '../../src/actions/evaluate/reports.ts';
import { findModel } from '../../src/project/models.ts';
import { POLICY_FILE, readPolicy } from '../../src/project/policy.ts';
import type { Cache, Ports } from '../../src/runner/ports.ts';
import { modelCi } from '../cli/model-ci.ts';
import { Clone } from '../registry/clone.ts';
import { register } from '../registry/commands.ts';
import { keyPair } from '../registry/keys.ts';

/** A cache that keeps folders on disk, the newest of those that a prefix matches. */
function folderCache(workspace: string, folder: string): Cache {
  const saved: string[] = [];
  return {
    async restore([where = ''], key, prefixes = []) {
      const found = saved.findLast(
        (name) => name === key || prefixes.some((p) => name.startsWith(p)),
      );
      if (found === undefined) return undefined;
      await cp(path.join(folder, found), path.join(workspace, where), { recursive: true });
      return found;
    },
    async save([where = ''], key) {
      await mkdir(folder, { recursive: true });
      await cp(path.join(workspace, where), path.join(folder, key), { recursive: true });
      saved.push(key);
    },
  };
}

let clone: Clone;
let ports: Ports;
let warnings: string[];

beforeEach(async () => {
  clone = await Clone.create();
  warnings = [];
  const base = clone.ports();
  ports = {
    ...base,
    event: { ...base.event, commit: 'c0ffee1234' },
    cache: folderCache(clone.workspace, path.join(clone.root, 'cache')),
    log: { ...base.log, warning: (message) => void warnings.push(message) },
  };
});
afterEach(() => clone.remove());

async function candidate() {
  const policy = await readPolicy(clone.workspace);
  const model = findModel(policy, 'digits');
  return { policy, model, located: await locate(clone.workspace, model, model.name) };
}

async function choose(wanted = 'auto') {
  const { policy, model, located } = await candidate();
  const digest = located.snapshot.digest;
  return chooseBaseline({ policy, model, wanted, store: undefined, digest, ports });
}

const record = async () => {
  const { model, located } = await candidate();
  await recordBaseline(model, located, ports);
};

const change = (weights: string) => clone.write('models/digits/model.onnx', weights);

describe('auto', () => {
  test('says that there is none', async () => {
    const { located, reason } = await choose();
    expect(located).toBeUndefined();
    expect(reason).toMatch(/no accepted model of the default branch, and no version is registered/);
  });

  test('takes what the default branch recorded', async () => {
    await record();
    await change('better weights');
    const { located, reason } = await choose();
    expect(reason).toMatch(/last accepted model of the default branch \(commit c0ffee1\)/);
    expect(located?.snapshot.digest).not.toBe((await candidate()).located.snapshot.digest);
    expect(located?.subject.bytes).toBe('first weights'.length);
  });

  test('prefers a registered version to the very same model', async () => {
    clone.tag('digits@v1.0.0');
    await register(clone, 'digits@v1.0.0');
    await change('better weights');
    await record();
    const { located, reason } = await choose();
    expect(located?.subject.name).toBe('digits@v1.0.0');
    expect(reason).toMatch(
      /latest registered version, since the default branch has this very model/,
    );
  });

  test('a cache that lies is not believed', async () => {
    await record();
    const [key = ''] = await readdir(path.join(clone.root, 'cache'));
    await writeFile(path.join(clone.root, 'cache', key, 'files/model.onnx'), 'other weights');
    await change('better weights');
    expect((await choose()).located).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(/is not the model that it names/)]);
  });

  test('half a cache entry is not used', async () => {
    await record();
    const [key = ''] = await readdir(path.join(clone.root, 'cache'));
    await rm(path.join(clone.root, 'cache', key, 'baseline.json'));
    expect((await choose()).located).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(/cannot be used/)]);
  });
});

describe('by name', () => {
  test.each(['digits@v1.0.0', 'digits'])(
    '%s comes from the registry, every byte checked',
    async (name) => {
      clone.tag('digits@v1.0.0');
      await register(clone, 'digits@v1.0.0');
      await change('better weights');
      const { located } = await choose(name);
      expect(located?.subject.name).toBe('digits@v1.0.0');
      expect(located?.subject.bytes).toBe('first weights'.length);
    },
  );

  test('a version whose bytes were changed is refused', async () => {
    clone.tag('digits@v1.0.0');
    await register(clone, 'digits@v1.0.0');
    await clone.damage('first weights', (file) => writeFile(file, 'tampered'));
    await expect(choose('digits@v1.0.0')).rejects.toThrow(
      /the baseline digits@v1\.0\.0 is refused: model\.onnx: /,
    );
  });

  test('a version that there is not is an error', async () => {
    await expect(choose('digits@v9.0.0')).rejects.toThrow(/is not registered/);
  });

  test('a path outside the repository', async () => {
    await writeFile(path.join(clone.root, 'old.onnx'), 'old');
    expect((await choose('../old.onnx')).located?.subject.bytes).toBe(3);
  });

  test('none', async () => {
    expect((await choose('none')).reason).toMatch(/none was asked for/);
  });
});

describe('where the policy wants versions to be signed', () => {
  const { publicKey, privateKey } = keyPair();

  const registered = async (options: Readonly<Record<string, string>>) => {
    clone.tag('digits@v1.0.0');
    await register(clone, 'digits@v1.0.0', options);
    await clone.askForSignatures(publicKey);
    await change('better weights');
  };

  const refused = (why: RegExp, hint: RegExp) => ({
    name: 'UserError',
    message: expect.stringMatching(
      new RegExp(`^the baseline digits@v1\\.0\\.0 is refused: signature: .*${why.source}`),
    ),
    hint: expect.stringMatching(hint),
  });

  test.each(['auto', 'digits@v1.0.0'])('%s takes one that is', async (wanted) => {
    await registered({ 'signing-key': privateKey });
    expect((await choose(wanted)).located?.subject.name).toBe('digits@v1.0.0');
  });

  test.each(['auto', 'digits@v1.0.0'])('%s refuses one without a signature', async (wanted) => {
    await registered({});
    await expect(choose(wanted)).rejects.toMatchObject(
      refused(/registered without a signature$/, /[Rr]egister .* signed.*another baseline/),
    );
  });

  test('ends there, without a verdict', async () => {
    await registered({});
    const evaluation = 'evaluation: { data: test.csv, inputs: { x: [x] }, labels: y }';
    const policy = await readFile(path.join(clone.workspace, POLICY_FILE), 'utf8');
    await clone.write(POLICY_FILE, policy.replace(/(?<=digits\n)/, `    ${evaluation}\n`));
    const ran = await modelCi(clone.workspace, ['evaluate', '--format', 'json']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain('the baseline digits@v1.0.0 is refused: signature: ');
    expect(await readdir(clone.workspace)).not.toContain('.model-ci');
  });

  test("refuses one that somebody else's key signed", async () => {
    await registered({ 'signing-key': keyPair().privateKey });
    await expect(choose()).rejects.toMatchObject(
      refused(/not made with the trusted key$/, /registry in .*model-ci\.yml.*another baseline/),
    );
  });

  test('refuses one whose signature was changed in the store', async () => {
    await registered({ 'signing-key': privateKey });
    await clone.damage('"dsseEnvelope"', async (file) =>
      writeFile(file, (await readFile(file, 'utf8')).replace('"sig":"M', '"sig":"N')),
    );
    await expect(choose()).rejects.toMatchObject(refused(/sha256/, /model-ci verify digits@v1/));
  });
});

describe('the comment', () => {
  const pullRequest = (comment: NonNullable<Ports['pullRequest']>['comment']): Ports => ({
    ...ports,
    pullRequest: { number: 7, comment },
  });

  test('is named after the model, so that the next run replaces it', async () => {
    const seen: string[] = [];
    const port = pullRequest((marker) => {
      seen.push(marker);
      return Promise.resolve('created');
    });
    await commentReport('text', 'digits', port);
    expect(seen).toEqual(['model-ci-evaluation-digits']);
  });

  test('where the token may not, nothing fails', async () => {
    const notices: string[] = [];
    const port = pullRequest(() => Promise.resolve('forbidden'));
    await commentReport('text', 'digits', {
      ...port,
      log: { ...port.log, notice: (message) => void notices.push(message) },
    });
    expect(notices).toEqual([expect.stringMatching(/pull-requests: write/)]);
  });

  test('trouble with the service is a warning', async () => {
    await commentReport(
      'text',
      'digits',
      pullRequest(() => Promise.reject(new Error('502'))),
    );
    expect(warnings).toEqual([expect.stringMatching(/502/)]);
  });
});
