import { execFileSync } from 'node:child_process';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { localPeople } from '../../src/runner/local/people.ts';
import type { Log, Ports } from '../../src/runner/ports.ts';

const identity = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
};

export const POLICY = `models:
  digits:
    path: models/digits
registry:
  store: ../store
`;

/** A real clone with a bare remote beside it, in a folder whose name has a space. */
export class Clone {
  readonly root: string;
  readonly workspace: string;
  readonly remote: string;
  readonly store: string;

  private constructor(root: string, name: string) {
    this.root = root;
    this.workspace = path.join(root, name);
    this.remote = path.join(root, 'remote.git');
    this.store = path.join(root, 'store');
  }

  static async create(policy = POLICY): Promise<Clone> {
    const root = await realpath(await mkdtemp(path.join(tmpdir(), 'model ci ')));
    const clone = new Clone(root, 'work');
    await mkdir(clone.workspace);
    run(root, ['init', '--quiet', '--bare', '--initial-branch=main', clone.remote]);
    clone.git('init', '--quiet', '--initial-branch=main');
    clone.git('remote', 'add', 'origin', clone.remote);
    await clone.write('.github/model-ci.yml', policy);
    await clone.write('models/digits/README.md', '---\nlicense: mit\n---\n# Digits\n');
    await clone.write('models/digits/model.onnx', 'first weights');
    clone.commit('First model');
    return clone;
  }

  /** A second clone of the same remote. */
  another(name: string): Clone {
    const other = new Clone(this.root, name);
    run(this.root, ['clone', '--quiet', this.remote, other.workspace]);
    return other;
  }

  git(...command: readonly string[]): string {
    return run(this.workspace, command);
  }

  /** Git with more of an environment, such as a date. */
  gitAt(environment: Readonly<Record<string, string>>, ...command: readonly string[]): string {
    return run(this.workspace, command, environment);
  }

  /** What the remote's ledger holds at `file`. */
  ledger(file: string): string {
    return run(this.remote, ['show', `model-registry:${file}`]);
  }

  /** One line a commit of the ledger, newest first. */
  ledgerLog(): readonly string[] {
    return run(this.remote, ['log', '--format=%s', 'model-registry']).split('\n');
  }

  async write(file: string, content: string | Buffer): Promise<void> {
    const absolute = path.join(this.workspace, file);
    await mkdir(path.dirname(absolute), { recursive: true });
    await writeFile(absolute, content);
  }

  commit(message: string): string {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--message', message);
    this.git('push', '--quiet', 'origin', 'HEAD:main');
    return this.git('rev-parse', 'HEAD');
  }

  tag(...names: readonly string[]): void {
    for (const name of names) {
      this.git('tag', '--annotate', '--message', name, name);
      this.git('push', '--quiet', 'origin', `refs/tags/${name}`);
    }
  }

  ports(event: Partial<Ports['event']> = {}, identityToken?: Ports['identityToken']): Ports {
    return {
      log: silent,
      event: {
        name: 'local',
        ref: '',
        commit: '',
        actor: 'ada',
        repository: 'lab/digits',
        url: undefined,
        onDefaultBranch: false,
        ...event,
      },
      workspace: this.workspace,
      temporary: this.root,
      toolCache: this.root,
      cache: { restore: () => Promise.resolve(undefined), save: () => Promise.resolve() },
      artifacts: { upload: () => Promise.resolve('') },
      people: localPeople(),
      identityToken,
      releases: undefined,
      attestations: undefined,
      issues: undefined,
      pullRequest: undefined,
      checks: undefined,
      finishedRun: undefined,
    };
  }

  /** The store as it is, to be put back by `restore`. */
  async copyStore(): Promise<string> {
    const copy = path.join(this.root, 'store-copy');
    await cp(this.store, copy, { recursive: true });
    return copy;
  }

  /** Commits a policy that wants every version to be signed with the key. */
  async askForSignatures(publicKey: string): Promise<void> {
    await this.write('.github/model-ci.yml', `${POLICY}  public-key: .github/model-ci.pem\n`);
    await this.write('.github/model-ci.pem', publicKey);
    this.commit('Ask for signatures');
  }

  /** Calls `change` with the file of every blob that has these bytes somewhere in it. */
  async damage(bytes: string | Buffer, change: (file: string) => Promise<void>): Promise<void> {
    const blobs = path.join(this.store, 'sha256');
    for (const entry of await readdir(blobs, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      if (!entry.isFile() || !(await readFile(file)).includes(bytes)) continue;
      await chmod(file, 0o644);
      await change(file);
    }
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}

function run(
  folder: string,
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): string {
  return execFileSync('git', command, {
    cwd: folder,
    env: { ...process.env, ...identity, ...environment },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trimEnd();
}

const nothing = () => undefined;
const silent: Log = {
  debug: nothing,
  info: nothing,
  notice: nothing,
  warning: nothing,
  error: nothing,
  output: nothing,
  group: (_title, body) => body(),
  progress: nothing,
};
