import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { flipOneBit } from '../services/digits-repository.ts';
import { statementOf } from '../services/github/attestations.ts';
import { DigitsOnGitHub, TIMEOUT } from './digits-on-github.ts';

let digits: DigitsOnGitHub;
beforeAll(async () => {
  digits = await DigitsOnGitHub.start();
}, TIMEOUT);
afterAll(() => digits.close());

describe('a tag', () => {
  const deploy = async (source = 'store') => {
    await writeFile(
      path.join(digits.repository.folder, '.github', 'workflows', 'deploy.yml'),
      `name: deploy
on: push
jobs:
  deploy:
    runs-on: self-hosted
    steps:
      - uses: actions/checkout@v6
      - uses: model-ci/model-ci/actions/verify-snapshot@v1
        id: verify
        with:
          version: digits@v0.1.0
          source: ${source}
          store: \${{ vars.MODEL_STORE }}
          output: deployed/digits
          alert-issue: true
      - run: cp -r deployed/digits "$DEPLOY_TARGET"
        env:
          DEPLOY_TARGET: ${path.join(digits.root, 'deployed')}
`,
    );
    return await digits.trigger({
      workflow: 'deploy.yml',
      name: 'push',
      payload: { ref: 'refs/heads/main' },
      token: 'deploy-token',
      identity: { run: '12' },
    });
  };

  beforeAll(async () => {
    await digits.repository.shrink(32);
    await digits.train();
    await digits.repository.commit('Train a smaller model');
    await digits.repository.git('tag', 'digits@v0.1.0');
    await digits.repository.push('HEAD:main', 'digits@v0.1.0');
  }, TIMEOUT);

  test(
    'registers the bytes of the commit and verifies them in the next job',
    async () => {
      const run = await digits.trigger({
        workflow: 'register.yml',
        name: 'push',
        payload: { ref: 'refs/tags/digits@v0.1.0' },
        token: 'tag-token',
        identity: { run: '11', scopes: [{ scope: 'refs/tags/digits@v0.1.0', writable: true }] },
      });
      expect(run.jobs).toEqual({ register: 'success', verify: 'success' });
      expect(run.outputs['register.model.version']).toBe('digits@v0.1.0');
      const digest = run.outputs['register.model.digest'];
      expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);

      const entry = 'model-registry:models/digits/versions/v0.1.0.json';
      const record = JSON.parse((await digits.github.git('show', entry)) ?? '{}') as object;
      expect(JSON.stringify(record)).toContain(digest);
      expect(await digits.github.git('rev-list', '--count', 'model-registry')).toBe('1');

      expect(digits.github.releases).toMatchObject([{ tag_name: 'digits@v0.1.0', draft: false }]);
      const [weights] = digits.github.releases[0]!.assets.filter(
        ({ name }) => name === 'model.onnx',
      );
      expect(JSON.stringify(record)).toContain(weights?.digest);
      expect(digits.github.attestations).toHaveLength(1);
      const statement = statementOf(digits.github.attestations[0]!);
      expect(statement.predicateType).toBe('https://slsa.dev/provenance/v1');
      expect(statement.subject.map(({ digest: of }) => `sha256:${of.sha256}`)).toContain(
        weights?.digest,
      );
    },
    TIMEOUT,
  );

  test(
    'is deployed with the very bytes that were committed',
    async () => {
      const run = await deploy();
      expect(run.jobs).toEqual({ deploy: 'success' });
      const model = 'model.onnx';
      const committed = await readFile(
        path.join(digits.repository.folder, 'models', 'digits', model),
      );
      const deployed = await readFile(path.join(digits.root, 'deployed', model));
      expect(deployed.equals(committed)).toBe(true);
    },
    TIMEOUT,
  );

  test(
    'is deployed from its release as well',
    async () => {
      await rm(path.join(digits.root, 'deployed'), { recursive: true });
      expect((await deploy('release')).jobs).toEqual({ deploy: 'success' });
      const committed = path.join(digits.repository.folder, 'models', 'digits', 'model.onnx');
      const deployed = await readFile(path.join(digits.root, 'deployed', 'model.onnx'));
      expect(deployed.equals(await readFile(committed))).toBe(true);
    },
    TIMEOUT,
  );

  test(
    'is refused where one bit of the store differs',
    async () => {
      await rm(path.join(digits.root, 'deployed'), { recursive: true });
      const intact = path.join(digits.root, 'store-before');
      await cp(path.join(digits.root, 'store'), intact, { recursive: true });
      await flipOneBit(path.join(digits.root, 'store'));
      const run = await deploy();
      expect(run.jobs).toEqual({ deploy: 'failure' });
      expect(run.annotations).toContainEqual(
        expect.objectContaining({ level: 'error', message: expect.stringMatching(/digits/) }),
      );
      await expect(readFile(path.join(digits.root, 'deployed', 'model.onnx'))).rejects.toThrow(
        'ENOENT',
      );
      expect(digits.github.issues).toMatchObject([
        { title: 'digits@v0.1.0 is not what was registered', labels: ['model-ci'] },
      ]);

      await rm(path.join(digits.root, 'store'), { recursive: true });
      await cp(intact, path.join(digits.root, 'store'), { recursive: true });
      expect((await deploy()).jobs).toEqual({ deploy: 'success' });
    },
    TIMEOUT,
  );
});
