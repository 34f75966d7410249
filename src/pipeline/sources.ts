import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { inWorkspace, type Stage } from '../project/pipeline-file.ts';
import { readTracked, readTrackedAbove, updateTracked } from '../project/tracked-data.ts';
import type { Log } from '../runner/ports.ts';
import type { Checkout } from './checkout.ts';
import type { Contents } from './content.ts';
import { OutputIndex } from './output-index.ts';
import { md5Digest, type PipelineCache } from './pipeline-cache.ts';
import type { TrackedData } from '../project/tracked-data.ts';

/** More would hide what is to be done. */
const MAX_NAMED = 20;

interface Options {
  readonly workspace: string;
  readonly contents: Contents;
  readonly cache: PipelineCache;
  readonly checkout: Checkout;
  readonly log: Log;
}

interface Missing {
  readonly stage: Stage;
  readonly what: string;
}

/**
 * What stages read and no stage of this run makes: files of the repository, and data that `.dvc` files
 * track, which is fetched only for a stage that must run.
 */
export class Sources {
  readonly #options: Options;
  /** What is tracked and not there, by its path relative to the workspace. */
  readonly #absent = new Map<string, TrackedData>();
  readonly #brought = new Map<string, Promise<boolean>>();
  /** What is in a folder: asking for thousands of its files one by one would take longer. */
  readonly #names = new Map<string, Promise<ReadonlySet<string>>>();

  constructor(options: Options) {
    this.#options = options;
  }

  /**
   * Looks at the sources of all stages before the first one runs. Tracked data that was edited is
   * written down in its `.dvc` file, as DVC does.
   * @throws UserError that names all that is missing.
   */
  async prepare(stages: readonly Stage[], { dry }: { readonly dry: boolean }): Promise<void> {
    const made = new OutputIndex();
    for (const stage of stages) {
      for (const out of stage.outs) made.add(inWorkspace(stage, out.path), stage);
    }
    const missing: Missing[] = [];
    const seen = new Set<string>();
    for (const stage of stages) {
      const provided = new Set(stage.options.weights.map(({ to }) => inWorkspace(stage, to)));
      const deps = stage.deps.map((dep) => [inWorkspace(stage, dep), dep] as const);
      const params = stage.params.map(({ file }) => [inWorkspace(stage, file), file] as const);
      for (const [file, what] of [...deps, ...params]) {
        if (seen.has(file) || provided.has(file) || made.makersOf(file).length > 0) continue;
        seen.add(file);
        if (!(await this.#isProvided(file, dry))) missing.push({ stage, what });
      }
    }
    if (missing.length > 0) throw missingError(missing);
  }

  /** Fetches the tracked data that a stage reads; what is not to be had, or undefined. */
  async bring(stage: Stage): Promise<string | undefined> {
    for (const dep of stage.deps) {
      const tracked = this.#absent.get(inWorkspace(stage, dep));
      if (tracked && !(await this.#bringOnce(tracked))) return notToBeHad(tracked);
    }
    return undefined;
  }

  async #isProvided(file: string, dry: boolean): Promise<boolean> {
    const { workspace, contents } = this.#options;
    const absolute = path.join(workspace, file);
    const names = await this.#namesIn(path.dirname(absolute));
    const name = path.basename(absolute);
    if (names.has(name) || file === '.') {
      if (!dry && names.has(`${name}.dvc`)) await this.#commit(file);
      return true;
    }
    const tracked = await readTrackedAbove(workspace, file);
    if (!tracked) return false;
    if (tracked.path === file) {
      this.#absent.set(file, tracked);
      contents.expect(absolute, tracked.locked);
      return true;
    }
    // What a part of it hashes to is known once the whole is there.
    return !dry && this.#bringOnce(tracked);
  }

  #namesIn(folder: string): Promise<ReadonlySet<string>> {
    const known = this.#names.get(folder);
    if (known) return known;
    const names = readdir(folder).then(
      (found) => new Set(found),
      () => new Set<string>(),
    );
    this.#names.set(folder, names);
    return names;
  }

  async #commit(file: string): Promise<void> {
    const { workspace, contents, cache, log } = this.#options;
    const tracked = await readTracked(workspace, file);
    if (!tracked) return;
    const absolute = path.join(workspace, file);
    const content = await contents.of(absolute, tracked.locked.path);
    if (!content || content.locked.md5 === tracked.locked.md5) return;
    await cache.keep(absolute, content);
    await updateTracked(workspace, tracked, content.locked);
    log.notice(`${file} was edited: ${tracked.file} names what it is now`, { file: tracked.file });
  }

  #bringOnce(tracked: TrackedData): Promise<boolean> {
    const known = this.#brought.get(tracked.path);
    if (known) return known;
    const bringing = this.#bring(tracked);
    this.#brought.set(tracked.path, bringing);
    return bringing;
  }

  async #bring({ path: file, locked }: TrackedData): Promise<boolean> {
    const { workspace, cache, checkout } = this.#options;
    if (!(await cache.ensure(md5Digest(locked.md5)))) return false;
    await checkout.place(path.join(workspace, file), locked);
    return true;
  }
}

function notToBeHad({ path: file, file: declared }: TrackedData): string {
  return `${file}, which ${declared} tracks, is not here and in no cache: fetch it with dvc pull`;
}

function missingError(missing: readonly Missing[]): UserError {
  const said = missing
    .slice(0, MAX_NAMED)
    .map(({ stage, what }) => `stage '${stage.name}' depends on ${what}, which does not exist`);
  const more = missing.length - said.length;
  return new UserError([...said, ...(more > 0 ? [`and ${more} more`] : [])].join('; '), {
    hint: 'Commit it, fetch it (git lfs pull, dvc pull), or declare the stage that makes it.',
    place: missing[0]?.stage.place,
  });
}
