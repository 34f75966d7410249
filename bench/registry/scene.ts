import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Clone, POLICY } from '../../__tests__/registry/clone.ts';
import { fsck } from '../../__tests__/registry/commands.ts';
import { startDockerRegistry } from '../../__tests__/services/docker-registry.ts';
import { startGitHub } from '../../__tests__/services/github.ts';
import type { Problem } from '../../src/registry/problem.ts';
import { modelCi, type Ended, type KillAfter } from './trial.ts';

export const OPERATIONS = ['register', 'assign', 'verify', 'prune'] as const;
export type Operation = (typeof OPERATIONS)[number];

export interface Place {
  readonly remote: 'disk' | 'http';
  readonly store: 'directory' | 'oci';
}

export interface Kill {
  /** The number of a boundary, or text of it. */
  readonly before?: string;
  readonly after?: KillAfter;
}

const MODEL_BYTES = 1024 * 1024;
const watcher = path.resolve('bench/registry/kill-before.mjs');

/** A repository with one version registered and deployed, on which operations are tried. */
export class Scene {
  readonly place: Place;
  readonly #clone: Clone;
  readonly #folder: string;
  readonly #url: string | undefined;
  readonly #close: () => Promise<void>;
  /** What was registered so far. */
  readonly #known = new Map<string, string>();
  #next = 0;

  private constructor(
    place: Place,
    clone: Clone,
    folder: string,
    url: string | undefined,
    close: () => Promise<void>,
  ) {
    this.place = place;
    this.#clone = clone;
    this.#folder = folder;
    this.#url = url;
    this.#close = close;
  }

  static async open(place: Place): Promise<Scene> {
    const root = await mkdtemp(path.join(tmpdir(), 'model-ci-kill-'));
    const oci =
      place.store === 'oci' ? await startDockerRegistry(path.join(root, 'registry')) : undefined;
    const clone = await Clone.create(
      oci ? POLICY.replace('../store', `oci://${oci.host}/lab/models`) : POLICY,
    );
    const github =
      place.remote === 'http'
        ? await startGitHub(clone.root, {
            repository: 'lab/digits',
            tokens: { t: { login: 'ada', permissions: { contents: 'write' } } },
          })
        : undefined;
    const folder = github?.folder ?? clone.remote;
    clone.git('remote', 'set-url', 'origin', folder);
    clone.git('push', '--quiet', 'origin', 'main');
    const scene = new Scene(place, clone, folder, github?.remote('t'), async () => {
      await github?.close();
      await oci?.close();
      await clone.remove();
      await rm(root, { recursive: true, force: true });
    });
    await scene.mustSucceed(await scene.prepare('register'));
    await scene.mustSucceed(await scene.prepare('verify'));
    scene.note();
    return scene;
  }

  close(): Promise<void> {
    return this.#close();
  }

  /** The command of an operation that has something to do. */
  async prepare(operation: Operation): Promise<readonly string[]> {
    this.#next += 1;
    if (operation === 'register') return ['register', await this.#newTag()];
    if (operation === 'verify') return ['verify', 'digits', '--output', '../deployed'];
    if (operation === 'assign') {
      // HEAD may be at a commit whose registration was given up.
      this.#clone.git('checkout', '--quiet', '-B', 'main', 'digits@v1.0.0');
      this.#clone.tag(`digits#production#${this.#next}`);
      return ['register', `digits#production#${this.#next}`];
    }
    // Something to prune: a registration that ended before its commit, and whose tag is gone.
    const tag = await this.#newTag();
    await this.run(['register', tag], { before: 'fast-import' });
    this.#clone.git('push', '--quiet', 'origin', `:refs/tags/${tag}`);
    this.#clone.git('tag', '--delete', tag);
    return ['fsck', '--prune', '--grace', '0'];
  }

  async #newTag(): Promise<string> {
    const tag = `digits@v${this.#next}.0.0`;
    await this.#clone.write('models/digits/model.onnx', randomBytes(MODEL_BYTES));
    this.#clone.git('commit', '--quiet', '--all', '--message', tag);
    this.#clone.tag(tag);
    return tag;
  }

  /** Runs a command, which is killed before a boundary or after some time. */
  async run(command: readonly string[], kill: Kill = {}): Promise<Ended> {
    const { before, after } = kill;
    const environment: Record<string, string> =
      before === undefined
        ? {}
        : {
            KILL_BEFORE: before,
            KILL_COUNT: this.#countFile,
            NODE_OPTIONS: `--import ${watcher}`,
          };
    if (this.#url !== undefined) this.#clone.git('remote', 'set-url', 'origin', this.#url);
    const ended = await modelCi(this.#clone.workspace, command, environment, after);
    this.#clone.git('remote', 'set-url', 'origin', this.#folder);
    return ended;
  }

  /** How many boundaries the last run that was told one reached. */
  async boundaries(): Promise<number> {
    return Number(await readFile(this.#countFile, 'utf8'));
  }

  get #countFile(): string {
    return path.join(this.#clone.root, 'boundaries');
  }

  async mustSucceed(
    command: readonly string[],
    kill: { readonly before?: string } = {},
  ): Promise<Ended> {
    const ended = await this.run(command, kill);
    if (ended.code === 0) return ended;
    throw new Error(`${command.join(' ')} failed: ${ended.output}`);
  }

  /** What fsck finds, and which versions or deployments are not what they were. */
  async inspect(options: Readonly<Record<string, string>> = {}): Promise<{
    readonly problems: readonly Problem[];
    readonly lost: readonly string[];
  }> {
    const { result } = await fsck(this.#clone, options);
    const lost: string[] = [];
    const present = this.#versions();
    for (const [file, blob] of this.#known) {
      if (present.get(file) !== blob) lost.push(file);
    }
    const deployed = path.join(this.#clone.root, 'deployed');
    const names = await readdir(deployed).catch(() => readdir(`${deployed}.previous`));
    if (this.#known.size > 0 && names.length !== 2) lost.push('the deployment');
    return { problems: result.problems, lost };
  }

  /** Remembers what is registered now: none of it may ever be lost. */
  note(): void {
    for (const [file, blob] of this.#versions()) this.#known.set(file, blob);
  }

  /** Path of each version's record -> id of its blob, as Git itself has it, without our code. */
  #versions(): ReadonlyMap<string, string> {
    const command = ['ls-tree', '-r', 'model-registry'];
    const lines = this.#clone.git('--git-dir', this.#folder, ...command).split('\n');
    const entries = lines.map((line): [string, string] => {
      const [about = '', file = ''] = line.split('\t');
      return [file, about.split(' ')[2] ?? ''];
    });
    return new Map(entries.filter(([file]) => file.includes('/versions/')));
  }
}
