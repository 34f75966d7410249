import type { RegistryPolicy } from '../../project/policy.ts';
import { POLICY_FILE } from '../../project/policy.ts';
import { UserError } from '../../errors.ts';
import { certificateSigner, certificateVerifier } from './certificate.ts';
import { keySigner, keyVerifier } from './key.ts';
import { readPem, readText } from './pem.ts';
import type { Signer, Verifier } from './signature.ts';

/** What a job has to sign with. */
export interface SigningMeans {
  readonly workspace: string;
  /** PEM or the path of a file. */
  readonly key: string | undefined;
  /** PEM or the path of a file: the key's certificate and those of its issuers. */
  readonly certificate: string | undefined;
  /** The job's identity token; undefined where nobody vouches for a job. */
  readonly identityToken: ((audience: string) => Promise<string>) | undefined;
}

/**
 * Who signs a registration: as the policy asks, or with the key that was given.
 * @throws UserError where what was given cannot make the signature that the policy asks for.
 */
export async function signerOf(
  policy: RegistryPolicy,
  { workspace, key, certificate, identityToken }: SigningMeans,
): Promise<Signer | undefined> {
  const wanted = wantedOf(policy);
  const given = key === undefined ? undefined : certificate === undefined ? 'key' : 'certificate';
  if (given !== undefined && wanted !== undefined && wanted !== given) {
    throw otherSignature(wanted, given);
  }
  if (key !== undefined) {
    const pem = await readPem(workspace, key);
    if (certificate === undefined) return keySigner(pem);
    return certificateSigner(pem, await readPem(workspace, certificate));
  }
  if (certificate !== undefined) {
    throw new UserError('a certificate alone cannot sign', {
      hint: 'Give its private key in the input signing-key, from a secret.',
    });
  }
  if (policy.sigstore) {
    if (!identityToken) throw noIdentity();
    const { sigstoreSigner } = await import('./sigstore.ts');
    return sigstoreSigner(servicesOf(policy.sigstore), () => identityToken('sigstore'));
  }
  if (wanted === undefined) return undefined;
  throw new UserError('the policy wants versions to be signed, and there is no key', {
    hint: 'Give the private key in the input signing-key, from a secret.',
    place: { file: POLICY_FILE },
  });
}

type Kind = 'key' | 'certificate' | 'Sigstore';

function wantedOf(policy: RegistryPolicy): Kind | undefined {
  if (policy.sigstore) return 'Sigstore';
  if (policy['certificate-authority'] !== undefined) return 'certificate';
  return policy['public-key'] === undefined ? undefined : 'key';
}

const MEND: Readonly<Record<Kind, string>> = {
  key: 'Leave out signing-certificate: nobody would look at it.',
  certificate: 'Give the certificate of the key in the input signing-certificate.',
  Sigstore: 'Leave out signing-key and give the job the permission id-token: write.',
};

function otherSignature(wanted: Kind, given: Kind): UserError {
  const named = (kind: Kind) => (kind === 'Sigstore' ? kind : `a ${kind}`);
  return new UserError(
    `the policy wants versions to be signed by ${named(wanted)}, and this job would sign with ${named(given)}`,
    { hint: MEND[wanted], place: { file: POLICY_FILE } },
  );
}

/** Whose signature a version must have; undefined where the policy asks for none. */
export async function verifierOf(
  policy: RegistryPolicy,
  workspace: string,
  publicKey: string | undefined,
): Promise<Verifier | undefined> {
  const { sigstore } = policy;
  const key = publicKey ?? policy['public-key'];
  if (key !== undefined) return keyVerifier(await readPem(workspace, key));
  const authority = policy['certificate-authority'];
  if (authority !== undefined) return certificateVerifier(await readPem(workspace, authority));
  if (!sigstore) return undefined;
  const { sigstoreVerifier } = await import('./sigstore.ts');
  const { identity: subject, issuer } = sigstore;
  return sigstoreVerifier({ subject, issuer }, await readText(workspace, sigstore['trusted-root']));
}

function servicesOf(sigstore: NonNullable<RegistryPolicy['sigstore']>) {
  const { instance, fulcio, rekor, timestamp } = sigstore;
  return fulcio === undefined ? INSTANCES[instance] : { fulcio, rekor, timestamp };
}

/** GitHub signs for private repositories without a public log. */
const INSTANCES = {
  'public-good': { fulcio: 'https://fulcio.sigstore.dev', rekor: 'https://rekor.sigstore.dev' },
  github: {
    fulcio: 'https://fulcio.githubapp.com',
    timestamp: 'https://timestamp.githubapp.com',
  },
} as const;

function noIdentity(): UserError {
  return new UserError('the policy wants Sigstore to sign, and this job has no identity', {
    hint: 'Give the job the permission id-token: write. At a terminal, sign with a key.',
    place: { file: POLICY_FILE },
  });
}
