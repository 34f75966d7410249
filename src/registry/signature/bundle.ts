import { verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../../errors.ts';

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
export const PAYLOAD = 'application/vnd.in-toto+json';

/** The curves of OMS, with the hash that goes with each. */
const HASHES: Readonly<Record<string, string>> = {
  prime256v1: 'sha256',
  secp384r1: 'sha384',
  secp521r1: 'sha512',
};

const envelope = z.object({
  payload: z.base64(),
  payloadType: z.literal(PAYLOAD),
  signatures: z.array(z.object({ sig: z.base64() })).length(1),
});

/** What tells whose signature it is: a key by its name, or certificates, the signer's first. */
interface Material {
  readonly publicKey?: { readonly hint: string };
  readonly x509CertificateChain?: {
    readonly certificates: readonly { readonly rawBytes: string }[];
  };
}

/** A bundle as it is read: its envelope, and verification material of the given kind. */
export interface ReadBundle<M> {
  readonly payload: Buffer;
  readonly signature: Buffer;
  readonly material: M;
}

/** A Sigstore bundle v0.3 as the reference implementation of OpenSSF Model Signing writes it. */
export function bundleText(manifest: Buffer, signature: Buffer, material: Material): string {
  const bundle = {
    mediaType: BUNDLE,
    verificationMaterial: { ...material, tlogEntries: [] },
    dsseEnvelope: {
      payload: manifest.toString('base64'),
      payloadType: PAYLOAD,
      signatures: [{ sig: signature.toString('base64') }],
    },
  };
  return `${JSON.stringify(bundle)}\n`;
}

/** Reads a bundle, ours or another tool's; undefined where it is none with such material. */
export function readBundle<M>(text: string, material: z.ZodType<M>): ReadBundle<M> | undefined {
  const schema = z.object({
    mediaType: z.literal(BUNDLE),
    verificationMaterial: material,
    dsseEnvelope: envelope,
  });
  const parsed = schema.safeParse(jsonOf(text));
  if (!parsed.success) return undefined;
  const { dsseEnvelope, verificationMaterial } = parsed.data;
  const [signature] = dsseEnvelope.signatures;
  return {
    payload: Buffer.from(dsseEnvelope.payload, 'base64'),
    signature: Buffer.from(signature?.sig ?? '', 'base64'),
    material: verificationMaterial,
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether the owner of `key` signed what is in the bundle. */
export function isSignedBy(key: KeyObject, bundle: ReadBundle<unknown>): boolean {
  const { payload, signature } = bundle;
  return verify(hashFor(key), paeOf(payload), { key, dsaEncoding: 'der' }, signature);
}

/** What DSSE signs instead of the payload alone (its protocol, version 1.0.0). */
export function paeOf(payload: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${PAYLOAD.length} ${PAYLOAD} ${payload.length} `),
    payload,
  ]);
}

/** @throws UserError for a key that OMS does not sign with. */
export function hashFor(key: KeyObject): string {
  const curve = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? 'unknown';
  const hash = HASHES[curve];
  if (hash !== undefined) return hash;
  throw new UserError(`a key of type ${curve} cannot sign a model`, keyHint);
}

export const keyHint = {
  hint: 'Make one with: openssl ecparam -name prime256v1 -genkey -noout -out key.pem',
};
