import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, UserError } from '../errors.ts';

/**
 * The PEM that an input gives, as text or as the path of a file.
 * @throws UserError where there is no such file.
 */
export async function readPem(workspace: string, given: string): Promise<string> {
  if (given.trimStart().startsWith('-----BEGIN ')) return given;
  try {
    return await readFile(path.resolve(workspace, given), 'utf8');
  } catch (thrown) {
    // Not the text itself: it may be a key that lost its first line.
    throw new UserError(`the key cannot be read: ${codeOf(thrown) ?? 'it is no file'}`, {
      hint: 'Give the PEM itself or the path of a file that holds it.',
    });
  }
}
