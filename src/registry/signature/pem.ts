import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, UserError } from '../../errors.ts';
import { POLICY_FILE } from '../../project/policy.ts';
import { keyHint } from './bundle.ts';

/**
 * The PEM that an input gives, as text or as the path of a file.
 * @throws UserError where there is no such file.
 */
export async function readPem(workspace: string, given: string): Promise<string> {
  if (given.trimStart().startsWith('-----BEGIN ')) return given;
  return readText(workspace, given, 'Give the PEM itself or the path of a file that holds it.');
}

/** A file that says whom to trust. @throws UserError where there is none. */
export async function readText(
  workspace: string,
  file: string,
  hint = `Commit the file, or correct its path in ${POLICY_FILE}.`,
): Promise<string> {
  try {
    return await readFile(path.resolve(workspace, file), 'utf8');
  } catch (thrown) {
    // Not the path itself: it may be a key that lost its first line.
    throw new UserError(`the key cannot be read: ${codeOf(thrown) ?? 'it is no file'}`, { hint });
  }
}

/** @throws UserError where the PEM holds no such key. */
export function readKey(pem: string, kind: 'private' | 'public'): KeyObject {
  try {
    return kind === 'private' ? createPrivateKey(pem) : createPublicKey(pem);
  } catch (cause) {
    // The cause is not handed on: OpenSSL may quote what it was given.
    const why = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new UserError(`the ${kind} key cannot be read${why}`, keyHint);
  }
}
