import { UserError } from '../errors.ts';

/** sha256 addresses snapshots; md5 is what DVC's cache is addressed by. */
export type Algorithm = 'sha256' | 'md5';

/** `sha256:<64 hex>`, `md5:<32 hex>`; DVC marks the listing of a folder as `md5:<32 hex>.dir`. */
export type Digest = `${Algorithm}:${string}`;

const DIGEST = /^(?:sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}(?:\.dir)?)$/;

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

/** @throws UserError for anything but a digest in lower case. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new UserError(`'${text}' is not a digest`, {
    hint: 'A digest is sha256: and 64 hexadecimal digits in lower case.',
  });
}

export function algorithmOf(digest: Digest): Algorithm {
  return digest.startsWith('md5:') ? 'md5' : 'sha256';
}

/** The hexadecimal digits, with `.dir` where the digest has it: what a store names its files by. */
export function encodedOf(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** Whether bytes that hash to `actual` are what `wanted` names. */
export function sameDigest(wanted: Digest, actual: Digest): boolean {
  return wanted === actual || wanted === `${actual}.dir`;
}

/** The first digits, for a person: `sha256:1f0c2a9b7d3e`. */
export function shortDigest(digest: string): string {
  const colon = digest.indexOf(':');
  return digest.slice(0, colon + 13);
}
