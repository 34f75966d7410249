import {
  fulcioHandler,
  initializeCA,
  initializeTLog,
  initializeTSA,
  rekorHandler,
  tsaHandler,
} from '@sigstore/mock';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { readBody, serve, type Call, type Reply, type Service } from './http.ts';

/** A certificate authority, a transparency log and a timestamp authority: Sigstore's own code. */
export interface Sigstore extends Service {
  /** What trusts them, as `gh attestation trusted-root` prints it. */
  readonly trustedRoot: string;
}

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const base64 = (bytes: ArrayBuffer | Buffer) =>
  Buffer.from(new Uint8Array(bytes)).toString('base64');

/** Starts the stand-in. A certificate names the claim `sub` of the token that it was asked with. */
export async function startSigstore(): Promise<Sigstore> {
  const keys = { ca: pair(), log: pair(), timestamps: pair() };
  const ca = await initializeCA(keys.ca);
  const log = await initializeTLog('https://rekor.sigstore.dev', keys.log);
  const timestamps = await initializeTSA(keys.timestamps);
  const handlers = [fulcioHandler(ca), rekorHandler(log), tsaHandler(timestamps)];
  const handle = async ({ method, url, request }: Call): Promise<Reply> => {
    const handler = handlers.find(({ path }) => path === url.pathname);
    if (method !== 'POST' || !handler) return { status: 404 };
    const answer = await handler.fn(canonical((await readBody(request)).toString()));
    const type = answer.contentType ?? 'text/plain';
    return { status: answer.statusCode, body: answer.response, headers: { 'content-type': type } };
  };
  const authority = (...certificates: readonly Buffer[]) => ({
    subject: { organization: 'stand-in', commonName: 'stand-in' },
    uri: 'https://stand-in.invalid',
    certChain: { certificates: certificates.map((raw) => ({ rawBytes: base64(raw) })) },
    validFor: ALWAYS,
  });
  const transparency = {
    baseUrl: 'https://stand-in.invalid',
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: base64(log.publicKey),
      keyDetails: 'PKIX_ECDSA_P256_SHA_256',
      validFor: ALWAYS,
    },
    logId: { keyId: createHash('sha256').update(log.publicKey).digest('base64') },
  };
  const root = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [transparency],
    certificateAuthorities: [authority(ca.rootCertificate)],
    // As GitHub's own instance: its certificates are in no log of certificates.
    ctlogs: [],
    timestampAuthorities: [authority(timestamps.intCertificate, timestamps.rootCertificate)],
  };
  return { ...(await serve(handle)), trustedRoot: `${JSON.stringify(root)}\n` };
}

const ALWAYS = { start: '2020-01-01T00:00:00.000Z' };

/**
 * Rekor keeps no envelopes: of a proposed one it writes hashes and signatures into the log, which
 * Sigstore's own stand-in leaves out.
 */
function canonical(text: string): string {
  const entry = JSON.parse(text) as {
    kind?: string;
    spec?: { proposedContent?: { envelope: string; verifiers: readonly string[] } };
  };
  const proposed = entry.spec?.proposedContent;
  if (entry.kind !== 'dsse' || !proposed) return text;
  const { payload, signatures } = JSON.parse(proposed.envelope) as {
    payload: string;
    signatures: readonly { sig: string }[];
  };
  const hash = (bytes: string | Buffer) => ({
    algorithm: 'sha256',
    value: createHash('sha256').update(bytes).digest('hex'),
  });
  return JSON.stringify({
    ...entry,
    spec: {
      envelopeHash: hash(proposed.envelope),
      payloadHash: hash(Buffer.from(payload, 'base64')),
      signatures: signatures.map(({ sig }, index) => ({
        signature: sig,
        verifier: proposed.verifiers[index],
      })),
    },
  });
}
