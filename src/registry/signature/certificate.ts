import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { bundleText, isSignedBy, readBundle } from './bundle.ts';
import { signatureOf } from './key.ts';
import { readKey } from './pem.ts';
import type { Signer, Verifier } from './signature.ts';

/** A real chain has two to four. */
const MAX_CERTIFICATES = 10;

/** `Digital Signature` of the extension Key Usage (RFC 5280, section 4.2.1.3): its first bit. */
const DIGITAL_SIGNATURE = 0x80;
const KEY_USAGE = '2.5.29.15';
const BASIC_CONSTRAINTS = '2.5.29.19';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';

/**
 * Signs with a key whose owner a certificate names.
 * @param privateKey PEM of a P-256, P-384 or P-521 key.
 * @param chain PEM: the key's certificate first, then those up to the root, which may be left out.
 * @throws UserError where they cannot be read or do not belong together.
 */
export function certificateSigner(privateKey: string, chain: string): Signer {
  const key = readKey(privateKey, 'private');
  const certificates = readCertificates(chain);
  if (certificates[0]?.checkPrivateKey(key) !== true) {
    throw new UserError('the certificate is not that of the private key', {
      hint: "Put the key's own certificate first; those of its issuers follow.",
    });
  }
  const rawBytes = certificates.map(({ raw }) => ({ rawBytes: raw.toString('base64') }));
  const material = { x509CertificateChain: { certificates: rawBytes } };
  return {
    sign: (manifest) => Promise.resolve(bundleText(manifest, signatureOf(manifest, key), material)),
  };
}

const material = z.object({
  x509CertificateChain: z.object({
    certificates: z
      .array(z.object({ rawBytes: z.base64() }))
      .min(1)
      .max(MAX_CERTIFICATES),
  }),
});

/**
 * Trusts whoever has a certificate of these authorities that may sign. As the reference
 * implementation does, it asks whether the chain was valid when the signer's certificate began to
 * be: a signature without a timestamp does not tell when it was made.
 * @param authorities PEM of one or more root certificates.
 */
export function certificateVerifier(authorities: string): Verifier {
  const roots = readCertificates(authorities);
  return {
    trusted: 'a certificate of a trusted authority',
    async signedManifest(text) {
      const bundle = readBundle(text, material);
      const chain = bundle && certificatesIn(bundle.material);
      const [leaf] = chain ?? [];
      if (!bundle || !chain || leaf?.publicKey.asymmetricKeyType !== 'ec') return undefined;
      if (!isSignedBy(leaf.publicKey, bundle)) return undefined;
      return (await isIssued(chain, roots)) ? bundle.payload : undefined;
    },
  };
}

function certificatesIn({ x509CertificateChain }: z.infer<typeof material>) {
  try {
    return x509CertificateChain.certificates.map(
      ({ rawBytes }) => new X509Certificate(Buffer.from(rawBytes, 'base64')),
    );
  } catch {
    return undefined;
  }
}

async function isIssued(
  chain: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): Promise<boolean> {
  const { Certificate, CertificateChainValidationEngine } = await import('pkijs');
  const parse = ({ raw }: X509Certificate) => Certificate.fromBER(raw);
  const [leaf, ...between] = chain.map(parse);
  if (!leaf || !maySign(leaf.extensions ?? [])) return false;
  const engine = new CertificateChainValidationEngine({
    trustedCerts: roots.map(parse),
    // The signer's certificate stands last: it is the one that is asked about.
    certs: [...between, leaf],
    checkDate: leaf.notBefore.value,
  });
  const { result, certificatePath = [] } = await engine.verify();
  return result && keepsPathLengths(certificatePath.map(({ extensions = [] }) => extensions));
}

/**
 * Whether no authority has more authorities below it than its Basic Constraints allow (RFC 5280,
 * section 6.1.4), which pkijs does not ask.
 * @param path the extensions of each certificate, the signer's first.
 */
function keepsPathLengths(path: readonly (readonly Extension[])[]): boolean {
  return path.slice(1).every((extensions, below) => {
    const limit = valueOf(extensions, BASIC_CONSTRAINTS) as { pathLenConstraint?: unknown };
    return typeof limit.pathLenConstraint !== 'number' || below <= limit.pathLenConstraint;
  });
}

interface Extension {
  readonly extnID: string;
  readonly parsedValue?: unknown;
}

function maySign(extensions: readonly Extension[]): boolean {
  const usage = valueOf(extensions, KEY_USAGE) as
    { valueBlock: { valueHexView: Uint8Array } } | undefined;
  if (((usage?.valueBlock.valueHexView[0] ?? 0) & DIGITAL_SIGNATURE) !== 0) return true;
  const extended = valueOf(extensions, EXTENDED_KEY_USAGE) as
    { keyPurposes?: readonly string[] } | undefined;
  return extended?.keyPurposes?.includes(CODE_SIGNING) ?? false;
}

function valueOf(extensions: readonly Extension[], id: string): unknown {
  return extensions.find(({ extnID }) => extnID === id)?.parsedValue;
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function readCertificates(text: string): readonly X509Certificate[] {
  try {
    const certificates = (text.match(PEM) ?? []).map((pem) => new X509Certificate(pem));
    if (certificates.length > 0) return certificates;
  } catch {
    // Said below, without quoting what may be a secret in the wrong place.
  }
  throw new UserError('the certificate cannot be read', {
    hint: 'Give it as PEM, beginning with -----BEGIN CERTIFICATE-----.',
  });
}
