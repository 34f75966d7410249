import { randomUUID } from 'node:crypto';
import type { Git } from './git.ts';

export interface FileText {
  readonly path: string;
  readonly text: string;
}

/**
 * Makes a commit that is `parent` with these files in it, and returns its id. No ref points to it.
 * One process of Git (fast-import) instead of six: whoever writes against others has to be quick.
 */
export async function commitFiles(
  git: Git,
  parent: string | undefined,
  files: readonly FileText[],
  { message, author, at }: { readonly message: string; readonly author: string; readonly at: Date },
): Promise<string> {
  // A commit has to be on a branch here; the branch is given up before fast-import would write it.
  const branch = `refs/model-ci/candidate/${randomUUID()}`;
  const time = `${Math.floor(at.getTime() / 1000)} +0000`;
  const input = [
    `commit ${branch}\nmark :1\n`,
    `author ${nameOf(author)} <> ${time}\ncommitter model-ci <> ${time}\n`,
    data(message),
    parent === undefined ? '' : `from ${parent}\n`,
    ...files.map(({ path, text }) => `M 100644 inline ${path}\n${data(text)}`),
    `get-mark :1\nreset ${branch}\ndone\n`,
  ].join('');
  return git.text(['fast-import', '--quiet', '--done'], { input });
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

/** Git refuses these characters in a name, and an empty one. */
function nameOf(author: string): string {
  return author.replace(/[<>\n\0]/g, '').trim() || 'model-ci';
}
