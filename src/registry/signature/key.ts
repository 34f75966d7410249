import { createHash, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { bundleText, hashFor, isSignedBy, paeOf, readBundle } from './bundle.ts';
import { readKey } from './pem.ts';
import type { Signer, Verifier } from './signature.ts';

/**
 * Signs with an EC key.
 * @param privateKey PEM of a P-256, P-384 or P-521 key.
 * @throws UserError where it is none of these.
 */
export function keySigner(privateKey: string): Signer {
  const key = readKey(privateKey, 'private');
  const hint = hintOf(createPublicKey(key));
  return {
    sign: (manifest) =>
      Promise.resolve(bundleText(manifest, signatureOf(manifest, key), { publicKey: { hint } })),
  };
}

/** The DER signature over a manifest in its envelope. @throws UserError for a curve not of OMS. */
export function signatureOf(manifest: Buffer, key: KeyObject): Buffer {
  return sign(hashFor(key), paeOf(manifest), { key, dsaEncoding: 'der' });
}

const material = z.object({ publicKey: z.object({ hint: z.string().nullish() }) });

/**
 * Trusts one key.
 * @param publicKey PEM.
 */
export function keyVerifier(publicKey: string): Verifier {
  const key = readKey(publicKey, 'public');
  return {
    trusted: 'the trusted key',
    signedManifest(text) {
      const bundle = readBundle(text, material);
      const hint = bundle?.material.publicKey.hint;
      const named = !hint || hint === hintOf(key);
      const valid = bundle && named && isSignedBy(key, bundle);
      return Promise.resolve(valid ? bundle.payload : undefined);
    },
  };
}

/** The reference implementation names a key by the sha256 of its PEM. */
function hintOf(publicKey: KeyObject): string {
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  return createHash('sha256').update(pem).digest('hex');
}
