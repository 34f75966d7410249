// What the library's dependency injection wants to find first.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { webcrypto } from 'node:crypto';

// Node's types and the library's name the same thing differently.
x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY = 24 * 60 * 60 * 1000;

/** Issues certificates, as a laboratory's own authority would. */
export class Authority {
  readonly #certificate: x509.X509Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;
  /** Its own certificate and those above it, without the root. */
  readonly #chain: readonly string[];

  private constructor(
    certificate: x509.X509Certificate,
    keys: webcrypto.CryptoKeyPair,
    chain: readonly string[],
  ) {
    this.#certificate = certificate;
    this.#keys = keys;
    this.#chain = chain;
  }

  static async root(name: string): Promise<Authority> {
    const keys = await keyPair();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: `CN=${name}`,
      keys,
      ...validity(),
      signingAlgorithm: ALGORITHM,
      extensions: authorityExtensions(),
    });
    return new Authority(certificate, keys, []);
  }

  /** PEM. */
  get certificate(): string {
    return this.#certificate.toString('pem');
  }

  async authority(name: string, options: { pathLength?: number } = {}): Promise<Authority> {
    return this.#issue(name, authorityExtensions(options.pathLength));
  }

  /** A key with its certificate and those above, as PEM; `authority` abuses it as one. */
  async signer(name: string, options: { maySign?: boolean } = {}) {
    const usage =
      options.maySign === false
        ? x509.KeyUsageFlags.keyAgreement
        : x509.KeyUsageFlags.digitalSignature;
    const authority = await this.#issue(name, [new x509.KeyUsagesExtension(usage, true)]);
    const key = await webcrypto.subtle.exportKey('pkcs8', authority.#keys.privateKey);
    const privateKey = x509.PemConverter.encode(key, 'PRIVATE KEY');
    return { privateKey, chain: authority.#chain.join('\n'), authority };
  }

  async #issue(name: string, extensions: x509.Extension[]): Promise<Authority> {
    const keys = await keyPair();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: `CN=${name}`,
      issuer: this.#certificate.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      ...validity(),
      signingAlgorithm: ALGORITHM,
      extensions,
    });
    return new Authority(certificate, keys, [certificate.toString('pem'), ...this.#chain]);
  }
}

const keyPair = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

const validity = () => ({
  notBefore: new Date(Date.now() - DAY),
  notAfter: new Date(Date.now() + DAY),
});

function authorityExtensions(pathLength?: number): x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(true, pathLength, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
  ];
}
