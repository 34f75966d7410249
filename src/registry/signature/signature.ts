/** Signs manifests: with a key, with a certificate, or with the identity of a workflow. */
export interface Signer {
  /** @returns a Sigstore bundle around a DSSE envelope, the form of OpenSSF Model Signing 1.0. */
  sign(manifest: Buffer): Promise<string>;
}

/** Knows whose signature counts. */
export interface Verifier {
  /** Whose that is, to end a sentence: `the trusted key`. */
  readonly trusted: string;
  /** The manifest that a bundle signs; undefined where it was not signed by whom we trust. */
  signedManifest(bundle: string): Promise<Buffer | undefined>;
}
