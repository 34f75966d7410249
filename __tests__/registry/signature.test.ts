import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  certificateSigner,
  certificateVerifier,
} from '../../src/registry/signature/certificate.ts';
import { keySigner, keyVerifier } from '../../src/registry/signature/key.ts';
import { sigstoreVerifier } from '../../src/registry/signature/sigstore.ts';
import { startSigstore, type Sigstore } from '../services/sigstore.ts';
import { Authority } from './authority.ts';
import { Clone, POLICY } from './clone.ts';
import { fsck, register, verify } from './commands.ts';
import { keyPair } from './keys.ts';

const { publicKey, privateKey } = keyPair();
const stranger = keyPair();
const manifest = Buffer.from('{"some":"manifest"}');
const signManifest = (key: string) => keySigner(key).sign(manifest);
const signedManifest = (text: string, key: string) => keyVerifier(key).signedManifest(text);

describe('a signature', () => {
  let bundle: string;
  beforeAll(async () => {
    bundle = await signManifest(privateKey);
  });

  test('gives back what was signed', async () => {
    for (const curve of ['prime256v1', 'secp384r1', 'secp521r1']) {
      const keys = keyPair(curve);
      const signed = await signManifest(keys.privateKey);
      expect(await signedManifest(signed, keys.publicKey)).toEqual(manifest);
    }
  });

  test("is nobody else's", async () => {
    expect(await signedManifest(bundle, stranger.publicKey)).toBeUndefined();
    // Without the name of the key the signature itself has to tell.
    const unnamed = bundle.replace(/"hint":"[0-9a-f]+"/, '"hint":""');
    expect(await signedManifest(unnamed, publicKey)).toEqual(manifest);
    expect(await signedManifest(unnamed, stranger.publicKey)).toBeUndefined();
  });

  test('does not survive a change', async () => {
    const other = Buffer.from('{"some":"manifesto"}').toString('base64');
    const changed = bundle.replace(manifest.toString('base64'), other);
    expect(changed).not.toBe(bundle);
    expect(await signedManifest(changed, publicKey)).toBeUndefined();
    for (const text of [
      '',
      '{}',
      'null',
      bundle.slice(0, -20),
      bundle.replace('DSSE', 'dsse').replace('v0.3', 'v0.4'),
    ]) {
      expect(await signedManifest(text, publicKey)).toBeUndefined();
    }
  });

  test('is not made with just any key, and an error does not show the key', () => {
    expect(() => signManifest(keyPair('secp256k1').privateKey)).toThrow(/secp256k1 cannot sign/);
    const broken = privateKey.replace(/[A-Z]/g, 'x');
    expect(() => signManifest(broken)).toThrow(/private key cannot be read/);
    expect(() => signManifest(broken)).not.toThrow(/xx/);
  });
});

describe('a signed version', () => {
  let clone: Clone;
  beforeEach(async () => {
    clone = await Clone.create();
  });
  afterEach(() => clone.remove());

  test('is verified by its key and refused by another', async () => {
    clone.tag('digits@v1.0.0');
    await register(clone, 'digits@v1.0.0', { 'signing-key': privateKey });
    expect((await fsck(clone)).result.problems).toEqual([]);
    expect((await verify(clone, 'digits', { 'public-key': publicKey })).report.passed).toBe(true);
    const { result } = await verify(clone, 'digits', {
      'public-key': stranger.publicKey,
      output: 'deployed',
    });
    expect(result).toMatchObject({
      verdict: 'refused',
      path: undefined,
      differences: [{ file: 'signature', problem: 'forged' }],
    });
  });

  test('is what the policy can ask for', async () => {
    await clone.askForSignatures(publicKey);
    clone.tag('digits@v1.0.0');
    await expect(register(clone, 'digits@v1.0.0')).rejects.toThrow(/wants versions to be signed/);
    await expect(
      register(clone, 'digits@v1.0.0', { 'signing-key': path.join(clone.root, 'none.pem') }),
    ).rejects.toThrow(/key cannot be read: ENOENT/);
    await register(clone, 'digits@v1.0.0', { 'signing-key': privateKey });
    expect((await verify(clone, 'digits')).report.passed).toBe(true);
  });

  test.each([
    ['certificate-authority: .github/root.pem', 'certificate'],
    ['sigstore: { identity: x, trusted-root: .github/root.jsonl }', 'Sigstore'],
  ])('is refused before anything is stored where the policy has %s', async (line, wanted) => {
    await clone.write('.github/model-ci.yml', `${POLICY}  ${line}\n`);
    clone.commit('Ask for another kind of signature');
    clone.tag('digits@v1.0.0');
    await expect(register(clone, 'digits@v1.0.0', { 'signing-key': privateKey })).rejects.toThrow(
      new RegExp(`signed by .*${wanted}, and this job would sign with a key`),
    );
    expect(existsSync(clone.store)).toBe(false);
    expect(clone.git('ls-remote', 'origin', 'model-registry')).toBe('');
  });

  test('is told from one without a signature', async () => {
    clone.tag('digits@v1.0.0');
    await register(clone, 'digits@v1.0.0');
    const { result } = await verify(clone, 'digits', { 'public-key': publicKey });
    expect(result.differences).toMatchObject([{ file: 'signature', problem: 'unsigned' }]);
  });
});

describe('a certificate', () => {
  let root: Authority;
  let bundle: string;
  beforeAll(async () => {
    root = await Authority.root('Lab');
    const between = await root.authority('Lab releases');
    const signer = await between.signer('Ada');
    bundle = await certificateSigner(signer.privateKey, signer.chain).sign(manifest);
  });

  test('names its owner up to an authority that is trusted', async () => {
    expect(await certificateVerifier(root.certificate).signedManifest(bundle)).toEqual(manifest);
    const other = await Authority.root('Lab');
    expect(await certificateVerifier(other.certificate).signedManifest(bundle)).toBeUndefined();
  });

  test('does not vouch for other bytes', async () => {
    const other = Buffer.from('{"some":"manifesto"}').toString('base64');
    const changed = bundle.replace(manifest.toString('base64'), other);
    expect(changed).not.toBe(bundle);
    expect(await certificateVerifier(root.certificate).signedManifest(changed)).toBeUndefined();
  });

  test.each([
    ['that is no authority issued it', async () => (await root.signer('Eve')).authority],
    ['may issue none itself issued it', () => root.authority('Deep', { pathLength: 0 })],
  ])('counts for nothing where one %s', async (_what, issuer) => {
    const above = await issuer();
    const between = await above.authority('Between');
    const signer = await between.signer('Ada');
    const forged = await certificateSigner(signer.privateKey, signer.chain).sign(manifest);
    expect(await certificateVerifier(root.certificate).signedManifest(forged)).toBeUndefined();
  });

  test('counts for nothing where it may not sign', async () => {
    const { privateKey: key, chain } = await root.signer('Ada', { maySign: false });
    const signed = await certificateSigner(key, chain).sign(manifest);
    expect(await certificateVerifier(root.certificate).signedManifest(signed)).toBeUndefined();
  });

  test('goes with its own key only', async () => {
    const { chain } = await root.signer('Ada');
    expect(() => certificateSigner(privateKey, chain)).toThrow(/not that of the private key/);
    expect(() => certificateSigner(privateKey, 'x')).toThrow(/certificate cannot be read/);
  });
});

describe('Sigstore', () => {
  const SUBJECT = 'https://github.com/lab/digits/.github/workflows/register.yml@refs/tags/v1.0.0';
  const ISSUER = 'https://token.actions.githubusercontent.com';
  let sigstore: Sigstore;
  let clone: Clone;
  beforeAll(async () => {
    sigstore = await startSigstore();
  });
  afterAll(() => sigstore.close());
  afterEach(() => clone.remove());

  const policy = (identity: string, more = '') => `${POLICY}  sigstore:
    identity: ${identity}
    trusted-root: .github/trusted-root.jsonl
    fulcio: ${sigstore.url}
${more}`;
  const jwt = (sub: string, iss: string) =>
    ['{}', JSON.stringify({ sub, iss, aud: 'sigstore' }), 'x']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');

  const registered = async (identity: string, more: string, issuer = ISSUER) => {
    clone = await Clone.create(policy(identity, more));
    await clone.write('.github/trusted-root.jsonl', `${sigstore.trustedRoot}\n`);
    clone.commit('Ask for Sigstore');
    clone.tag('digits@v1.0.0');
    const ports = clone.ports({}, () => Promise.resolve(jwt(SUBJECT, issuer)));
    await register(clone, 'digits@v1.0.0', {}, ports);
    return verify(clone, 'digits');
  };

  const rekor = () => `    rekor: ${sigstore.url}\n`;
  const workflow = 'https://github.com/lab/digits/.github/workflows/register.yml@refs/tags/*';

  test('signs as the workflow, with the log as its witness', async () => {
    const { report } = await registered(workflow, rekor());
    expect(report.headline).toMatch(/is verified/);
    expect((await fsck(clone)).result.problems).toEqual([]);
  });

  test.each([
    ['another workflow', 'https://github.com/lab/digits/.github/workflows/other.yml@*', ISSUER],
    ['another issuer', workflow, 'https://accounts.example.com'],
  ])('is refused where the policy trusts %s', async (_what, identity, issuer) => {
    const { result } = await registered(identity, rekor(), issuer);
    expect(result.differences).toMatchObject([{ file: 'signature', problem: 'forged' }]);
  });

  test('is refused without the log that the trusted root asks for', async () => {
    const { result } = await registered(workflow, `    timestamp: ${sigstore.url}\n`);
    expect(result.differences).toMatchObject([{ file: 'signature', problem: 'forged' }]);
  });

  test('says what is missing where a job has no identity, and registers nothing', async () => {
    clone = await Clone.create(policy(workflow, rekor()));
    clone.tag('digits@v1.0.0');
    await expect(register(clone, 'digits@v1.0.0')).rejects.toMatchObject({
      hint: expect.stringMatching(/id-token: write/),
    });
    await expect(verify(clone, 'digits@v1.0.0')).rejects.toThrow(/no version|There is no|not/i);
  });

  test('registers nothing where Sigstore is out of order', async () => {
    sigstore.fail({ on: /signingCert/, status: 400, body: 'no', times: 9 });
    await expect(registered(workflow, rekor())).rejects.toThrow(/Sigstore did not sign/);
  });

  test.each(['', '{}', '{"mediaType":"x"}', 'not json'])('needs trusted roots: %j', (text) => {
    expect(() => sigstoreVerifier({ subject: workflow, issuer: ISSUER }, text)).toThrow(
      /trusted roots of Sigstore cannot be used/,
    );
  });
});
