import { readFile } from 'node:fs/promises';
import path from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { codeOf } from '../errors.ts';

export const IGNORE_FILE = '.dvcignore';

/** What DVC never looks at. */
const ALWAYS = ['.git', '.hg/', '.dvc/'];

/** The patterns of `.dvcignore` files: what they name is no part of a dependency or an output. */
export class IgnoreRules {
  readonly #workspace: string;
  /** Folder, relative to the workspace -> the rules of the file in it. */
  readonly #rules = new Map<string, Promise<Ignore | undefined>>();

  constructor(workspace: string) {
    this.#workspace = workspace;
  }

  /** `file` is absolute; what lies outside the workspace is never ignored. */
  async ignores(file: string, isFolder: boolean): Promise<boolean> {
    const relative = path.relative(this.#workspace, file).split(path.sep).join('/');
    if (relative === '' || relative.startsWith('..') || path.isAbsolute(relative)) return false;
    let ignored = false;
    const parts = relative.split('/');
    // The rules of an inner folder come after, and may take back, those of an outer one.
    for (let depth = 0; depth < parts.length; depth++) {
      const rules = await this.#rulesOf(parts.slice(0, depth).join('/'));
      if (!rules) continue;
      const verdict = rules.test(parts.slice(depth).join('/') + (isFolder ? '/' : ''));
      if (verdict.ignored) ignored = true;
      else if (verdict.unignored) ignored = false;
    }
    return ignored;
  }

  #rulesOf(folder: string): Promise<Ignore | undefined> {
    const known = this.#rules.get(folder);
    if (known) return known;
    const reading = this.#read(folder);
    this.#rules.set(folder, reading);
    return reading;
  }

  async #read(folder: string): Promise<Ignore | undefined> {
    const file = path.join(this.#workspace, folder, IGNORE_FILE);
    const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
      if (codeOf(thrown) === 'ENOENT' || codeOf(thrown) === 'ENOTDIR') return undefined;
      throw thrown;
    });
    if (text === undefined && folder !== '') return undefined;
    const rules = ignore();
    if (folder === '') rules.add(ALWAYS);
    // DVC strips its lines; Git keeps the spaces before a pattern.
    const lines = (text ?? '').split('\n').map((line) => line.trim());
    return rules.add(lines.filter((line) => line && !line.startsWith('#')));
  }
}
