import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import path from 'node:path';
import { signedManifest, signManifest } from '../../src/registry/signature.ts';
import { Clone, POLICY } from './clone.ts';
import { fsck, register, verify } from './commands.ts';

const pair = (namedCurve: string) =>
  generateKeyPairSync('ec', {
    namedCurve,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const { publicKey, privateKey } = pair('prime256v1');
const stranger = pair('prime256v1');

describe('a signature', () => {
  const manifest = Buffer.from('{"some":"manifest"}');
  const bundle = signManifest(manifest, privateKey);

  test('gives back what was signed', () => {
    for (const curve of ['prime256v1', 'secp384r1', 'secp521r1']) {
      const keys = pair(curve);
      const signed = signManifest(manifest, keys.privateKey);
      expect(signedManifest(signed, keys.publicKey)).toEqual(manifest);
    }
  });

  test("is nobody else's", () => {
    expect(signedManifest(bundle, stranger.publicKey)).toBeUndefined();
    // Without the name of the key the signature itself has to tell.
    const unnamed = bundle.replace(/"hint":"[0-9a-f]+"/, '"hint":""');
    expect(signedManifest(unnamed, publicKey)).toEqual(manifest);
    expect(signedManifest(unnamed, stranger.publicKey)).toBeUndefined();
  });

  test('does not survive a change', () => {
    const other = Buffer.from('{"some":"manifesto"}').toString('base64');
    const changed = bundle.replace(manifest.toString('base64'), other);
    expect(changed).not.toBe(bundle);
    expect(signedManifest(changed, publicKey)).toBeUndefined();
    for (const text of [
      '',
      '{}',
      'null',
      bundle.slice(0, -20),
      bundle.replace('DSSE', 'dsse').replace('v0.3', 'v0.4'),
    ]) {
      expect(signedManifest(text, publicKey)).toBeUndefined();
    }
  });

  test('is not made with just any key, and an error does not show the key', () => {
    expect(() => signManifest(manifest, pair('secp256k1').privateKey)).toThrow(
      /secp256k1 cannot sign/,
    );
    const broken = privateKey.replace(/[A-Z]/g, 'x');
    expect(() => signManifest(manifest, broken)).toThrow(/private key cannot be read/);
    expect(() => signManifest(manifest, broken)).not.toThrow(/xx/);
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
    await clone.write('.github/model-ci.yml', `${POLICY}  public-key: .github/model-ci.pem\n`);
    await clone.write('.github/model-ci.pem', publicKey);
    clone.commit('Ask for signatures');
    clone.tag('digits@v1.0.0');
    await expect(register(clone, 'digits@v1.0.0')).rejects.toThrow(/wants versions to be signed/);
    await expect(
      register(clone, 'digits@v1.0.0', { 'signing-key': path.join(clone.root, 'none.pem') }),
    ).rejects.toThrow(/key cannot be read: ENOENT/);
    await register(clone, 'digits@v1.0.0', { 'signing-key': privateKey });
    expect((await verify(clone, 'digits')).report.passed).toBe(true);
  });

  test('is told from one without a signature', async () => {
    clone.tag('digits@v1.0.0');
    await register(clone, 'digits@v1.0.0');
    const { result } = await verify(clone, 'digits', { 'public-key': publicKey });
    expect(result.differences).toMatchObject([{ file: 'signature', problem: 'unsigned' }]);
  });
});
