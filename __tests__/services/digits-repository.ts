import { execFile } from 'node:child_process';
import {
  appendFile,
  cp,
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** A clone of a repository made from examples/digits, with what a maintainer does in it. */
export class DigitsRepository {
  readonly folder: string;
  private readonly remote: string;

  private constructor(folder: string, remote: string) {
    this.folder = folder;
    this.remote = remote;
  }

  /** Commits the example and pushes it to `remote`. */
  static async create(folder: string, remote: string): Promise<DigitsRepository> {
    const { stdout } = await run('git', ['ls-files', '-z', 'examples/digits'], { cwd: root });
    for (const file of stdout.split('\0').filter(Boolean)) {
      const target = path.join(folder, path.relative('examples/digits', file));
      await mkdir(path.dirname(target), { recursive: true });
      await cp(path.join(root, file), target);
    }
    const repository = new DigitsRepository(folder, remote);
    await repository.git('init', '--quiet', '--initial-branch=main');
    await repository.git('config', 'user.name', 'Octocat');
    await repository.git('config', 'user.email', 'octocat@example.com');
    // GitHub's name of the repository; pushes go to the stand-in.
    await repository.git('remote', 'add', 'origin', 'https://github.com/acme/digits.git');
    await repository.commit('Start from the digits example');
    await repository.push('main');
    return repository;
  }

  async git(...arguments_: readonly string[]): Promise<string> {
    const { stdout } = await run('git', arguments_, { cwd: this.folder });
    return stdout.trim();
  }

  async commit(message: string): Promise<void> {
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--message', message);
  }

  async push(...refs: readonly string[]): Promise<void> {
    await this.git('push', '--quiet', '--force', this.remote, ...refs);
  }

  /** A smaller and shorter training: the tests are about the chain, not about the model. */
  async shrink(hidden: number): Promise<void> {
    const file = path.join(this.folder, 'params.yaml');
    const text = await readFile(file, 'utf8');
    // The first dense layer is the hidden one.
    const smaller = text.replace(/dense: \d+/, `dense: ${hidden}`);
    await writeFile(file, smaller.replace(/epochs: \d+/, 'epochs: 2'));
  }

  /** What `npm ci` does for a user: the packages of this repository hold the example's. */
  async installPackages(): Promise<void> {
    await symlink(path.join(root, 'node_modules'), path.join(this.folder, 'node_modules'));
    // The example ignores a folder of that name, not a link: committed, it would reach every clone.
    await appendFile(path.join(this.folder, '.git', 'info', 'exclude'), 'node_modules\n');
  }
}

/** Changes one bit of the largest file under `folder`: the weights, in a store. */
export async function flipOneBit(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    names
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const file = path.join(entry.parentPath, entry.name);
        return { file, size: (await stat(file)).size };
      }),
  );
  const [largest] = files.toSorted((a, b) => b.size - a.size);
  if (!largest) throw new Error(`${folder} holds no file`);
  const bytes = await readFile(largest.file);
  const middle = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  await run('chmod', ['u+w', largest.file]);
  await writeFile(largest.file, bytes);
  return largest.file;
}
