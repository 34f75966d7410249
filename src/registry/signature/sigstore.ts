import { bundleFromJSON, bundleToJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { DSSEBundleBuilder, FulcioSigner, RekorWitness, TSAWitness } from '@sigstore/sign';
import { toSignedEntity, toTrustMaterial, Verifier as SigstoreVerifier } from '@sigstore/verify';
import picomatch from 'picomatch';
import { EnvironmentError, messageOf, UserError } from '../../errors.ts';
import { PAYLOAD } from './bundle.ts';
import type { Signer, Verifier } from './signature.ts';

/** Where certificates and timestamps come from. */
export interface SigstoreServices {
  readonly fulcio: string;
  /** The transparency log. */
  readonly rekor?: string | undefined;
  /** An RFC 3161 timestamp authority. */
  readonly timestamp?: string | undefined;
}

const ATTEMPTS = { timeout: 10_000, retry: 3 };

/**
 * Signs as the workflow that runs: with a key that exists for this one signature, and a certificate
 * that says whose it was.
 * @param identityToken the job's OpenID Connect token for the audience `sigstore`.
 */
export function sigstoreSigner(
  services: SigstoreServices,
  identityToken: () => Promise<string>,
): Signer {
  const { fulcio, rekor, timestamp } = services;
  const builder = new DSSEBundleBuilder({
    signer: new FulcioSigner({
      fulcioBaseURL: fulcio,
      identityProvider: { getToken: identityToken },
      ...ATTEMPTS,
    }),
    witnesses: [
      ...(rekor === undefined
        ? []
        : [new RekorWitness({ rekorBaseURL: rekor, fetchOnConflict: true, ...ATTEMPTS })]),
      ...(timestamp === undefined ? [] : [new TSAWitness({ tsaBaseURL: timestamp, ...ATTEMPTS })]),
    ],
  });
  return {
    async sign(manifest) {
      try {
        const bundle = await builder.create({ data: manifest, type: PAYLOAD });
        return `${JSON.stringify(bundleToJSON(bundle))}\n`;
      } catch (cause) {
        throw new EnvironmentError(`Sigstore did not sign: ${reasonOf(cause)}`, {
          hint: 'Nothing was registered. See https://status.sigstore.dev, and run the job again.',
          cause,
        });
      }
    },
  };
}

/** The outermost message says only which service failed. */
function reasonOf(thrown: unknown): string {
  const inner = thrown instanceof Error && 'cause' in thrown ? thrown.cause : undefined;
  return inner === undefined ? messageOf(thrown) : `${messageOf(thrown)}: ${messageOf(inner)}`;
}

/** Who has to have signed. */
export interface Identity {
  /** A glob over the certificate's subject: for GitHub the workflow's URL and ref. */
  readonly subject: string;
  /** Who vouched for the subject. */
  readonly issuer: string;
}

/**
 * Trusts one identity, as these roots certify it. It asks no service: a bundle carries its proofs.
 * @param trustedRoots JSON lines, as `gh attestation trusted-root` prints them; any one is enough.
 * @throws UserError where they are no trusted roots.
 */
export function sigstoreVerifier(identity: Identity, trustedRoots: string): Verifier {
  const verifiers = readRoots(trustedRoots).map(verifierOf);
  const isSubject = picomatch(identity.subject, { nonegate: true });
  return {
    trusted: `${identity.subject} (${identity.issuer})`,
    signedManifest(text) {
      const signed = verifiers.map((verifier) => signedBy(verifier, text, identity, isSubject));
      return Promise.resolve(signed.find((payload) => payload !== undefined));
    },
  };
}

function signedBy(
  verifier: SigstoreVerifier,
  text: string,
  { issuer }: Identity,
  isSubject: (subject: string) => boolean,
): Buffer | undefined {
  try {
    const bundle = bundleFromJSON(JSON.parse(text));
    const signer = verifier.verify(toSignedEntity(bundle), { extensions: { issuer } });
    if (!isSubject(signer.identity?.subjectAlternativeName ?? '')) return undefined;
    if (bundle.content.$case !== 'dsseEnvelope') return undefined;
    const { payload, payloadType } = bundle.content.dsseEnvelope;
    return payloadType === PAYLOAD ? payload : undefined;
  } catch {
    // Whatever its library finds wrong with a bundle: it is not one of theirs.
    return undefined;
  }
}

/** Every kind of proof that a root speaks of is asked for; at least one of them tells the time. */
function verifierOf(root: TrustedRoot): SigstoreVerifier {
  const { tlogs, ctlogs, timestampAuthorities } = root;
  if (tlogs.length + timestampAuthorities.length === 0) {
    throw unusable('one of them names neither a transparency log nor a timestamp authority');
  }
  return new SigstoreVerifier(toTrustMaterial(root), {
    tlogThreshold: tlogs.length > 0 ? 1 : 0,
    ctlogThreshold: ctlogs.length > 0 ? 1 : 0,
    tsaThreshold: tlogs.length > 0 ? 0 : 1,
  });
}

function readRoots(text: string): readonly TrustedRoot[] {
  if (text.trim() === '') throw unusable('the file is empty');
  try {
    return documentsIn(text).map((root) => TrustedRoot.fromJSON(root));
  } catch (cause) {
    throw unusable(messageOf(cause), cause);
  }
}

/** One document over many lines, or one on each. */
function documentsIn(text: string): readonly unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.map((line): unknown => JSON.parse(line));
  }
}

function unusable(why: string, cause?: unknown): UserError {
  return new UserError(`the trusted roots of Sigstore cannot be used: ${why}`, {
    hint: 'Write the file with: gh attestation trusted-root > .github/trusted-root.jsonl',
    cause,
  });
}
