import { execFile } from 'node:child_process';
import { appendFile, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { codeOf } from '../errors.ts';

/** Keeps out of Git what is in the cache, in the `.gitignore` beside it, as DVC does. */
export class GitIgnore {
  readonly #workspace: string;
  /** Stages end at the same time, and their lines go to the same file. */
  #before: Promise<unknown> = Promise.resolve();

  constructor(workspace: string) {
    this.#workspace = workspace;
  }

  /** `file` is absolute. Nothing is written where Git ignores it already, or where there is no Git. */
  async add(file: string): Promise<void> {
    const added = this.#before.then(() => this.#add(file));
    this.#before = added.catch(() => undefined);
    return added;
  }

  async #add(file: string): Promise<void> {
    if (!(await exists(path.join(this.#workspace, '.git')))) return;
    const ignore = path.join(path.dirname(file), '.gitignore');
    const line = `/${escapePattern(path.basename(file))}`;
    const text = await readFile(ignore, 'utf8').catch((thrown: unknown) => {
      if (codeOf(thrown) === 'ENOENT') return '';
      throw thrown;
    });
    if (text.split(/\r?\n/).includes(line) || (await this.#isIgnored(file))) return;
    await appendFile(ignore, `${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`);
  }

  async #isIgnored(file: string): Promise<boolean> {
    try {
      await promisify(execFile)('git', ['check-ignore', '--quiet', '--', file], {
        cwd: this.#workspace,
      });
      return true;
    } catch {
      // Not ignored, or no Git that could tell: a line too many does no harm.
      return false;
    }
  }
}

function escapePattern(name: string): string {
  return name.replace(/[[\]!*#?]/g, String.raw`\$&`);
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
