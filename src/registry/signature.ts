import {
  createHash,
  createPrivateKey,
  createPublicKey,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../errors.ts';

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const PAYLOAD = 'application/vnd.in-toto+json';

/** The curves of OMS, with the hash that goes with each. */
const HASHES: Readonly<Record<string, string>> = {
  prime256v1: 'sha256',
  secp384r1: 'sha384',
  secp521r1: 'sha512',
};

const bundleSchema = z.object({
  mediaType: z.literal(BUNDLE),
  verificationMaterial: z.object({ publicKey: z.object({ hint: z.string().nullish() }) }),
  dsseEnvelope: z.object({
    payload: z.base64(),
    payloadType: z.literal(PAYLOAD),
    signatures: z.array(z.object({ sig: z.base64() })).length(1),
  }),
});

/**
 * Signs a manifest with an EC key: a Sigstore bundle v0.3 around a DSSE envelope, as the reference
 * implementation of OpenSSF Model Signing writes it.
 * @param privateKey PEM of a P-256, P-384 or P-521 key.
 */
export function signManifest(manifest: Buffer, privateKey: string): string {
  const key = readKey(privateKey, 'private');
  const signature = sign(hashFor(key), paeOf(manifest), { key, dsaEncoding: 'der' });
  const bundle: z.input<typeof bundleSchema> & {
    readonly verificationMaterial: { readonly tlogEntries: readonly [] };
  } = {
    mediaType: BUNDLE,
    verificationMaterial: {
      publicKey: { hint: hintOf(createPublicKey(key)) },
      tlogEntries: [],
    },
    dsseEnvelope: {
      payload: manifest.toString('base64'),
      payloadType: PAYLOAD,
      signatures: [{ sig: signature.toString('base64') }],
    },
  };
  return `${JSON.stringify(bundle)}\n`;
}

/**
 * The manifest that a bundle signs; undefined where this key did not sign it.
 * @param publicKey PEM.
 */
export function signedManifest(bundle: string, publicKey: string): Buffer | undefined {
  const key = readKey(publicKey, 'public');
  const parsed = parse(bundle);
  if (!parsed) return undefined;
  const { hint } = parsed.verificationMaterial.publicKey;
  if (hint && hint !== hintOf(key)) return undefined;
  const payload = Buffer.from(parsed.dsseEnvelope.payload, 'base64');
  const [signature] = parsed.dsseEnvelope.signatures;
  const bytes = Buffer.from(signature?.sig ?? '', 'base64');
  const valid = verify(hashFor(key), paeOf(payload), { key, dsaEncoding: 'der' }, bytes);
  return valid ? payload : undefined;
}

function parse(bundle: string): z.infer<typeof bundleSchema> | undefined {
  try {
    return bundleSchema.parse(JSON.parse(bundle));
  } catch {
    return undefined;
  }
}

/** What DSSE signs instead of the payload alone (its protocol, version 1.0.0). */
function paeOf(payload: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${PAYLOAD.length} ${PAYLOAD} ${payload.length} `),
    payload,
  ]);
}

/** The reference implementation names a key by the sha256 of its PEM. */
function hintOf(publicKey: KeyObject): string {
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  return createHash('sha256').update(pem).digest('hex');
}

function hashFor(key: KeyObject): string {
  const curve = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? 'unknown';
  const hash = HASHES[curve];
  if (hash !== undefined) return hash;
  throw new UserError(`a key of type ${curve} cannot sign a model`, keyHint);
}

const keyHint = {
  hint: 'Make one with: openssl ecparam -name prime256v1 -genkey -noout -out key.pem',
};

function readKey(pem: string, kind: 'private' | 'public'): KeyObject {
  try {
    return kind === 'private' ? createPrivateKey(pem) : createPublicKey(pem);
  } catch (cause) {
    // The cause is not handed on: OpenSSL may quote what it was given.
    const why = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new UserError(`the ${kind} key cannot be read${why}`, keyHint);
  }
}
