import { UserError } from '../errors.ts';
import { shortDigest, type Digest } from './digest.ts';

/** What was to be stored is not what its digest says. */
export function otherBytes(what: string, digest: Digest, actual: Digest): UserError {
  return new UserError(
    `${what} should hash to ${shortDigest(digest)} and hashes to ${shortDigest(actual)}`,
    { hint: 'It changed since it was hashed: wait until nothing writes it, then try again.' },
  );
}
