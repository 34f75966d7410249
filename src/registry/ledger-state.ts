import type { Digest } from '../store/digest.ts';
import { readBlobs } from './blobs.ts';
import type { Git } from './git.ts';
import {
  eventsPath,
  readEvents,
  readVersionRecord,
  versionAt,
  versionPath,
  type VersionRecord,
} from './records.ts';
import { Lifecycle } from './lifecycle.ts';
import { compareVersions } from './tag.ts';

/** The ledger as one commit holds it; read when asked, not before. */
export class LedgerState {
  /** Undefined before the first registration. */
  readonly commit: string | undefined;
  readonly #git: Git;
  /** Blob ids by path. */
  readonly #blobs: ReadonlyMap<string, string>;
  readonly #texts: Map<string, string>;

  private constructor(
    git: Git,
    commit: string | undefined,
    blobs: ReadonlyMap<string, string>,
    texts: Map<string, string>,
  ) {
    this.#git = git;
    this.commit = commit;
    this.#blobs = blobs;
    this.#texts = texts;
  }

  /** @param texts what was read of other commits, by blob id; what is read here is added. */
  static async at(
    git: Git,
    commit: string | undefined,
    texts = new Map<string, string>(),
  ): Promise<LedgerState> {
    if (commit === undefined) return new LedgerState(git, undefined, new Map(), texts);
    const listing = await git.text(['ls-tree', '-r', '-z', '--full-tree', commit]);
    const blobs = new Map<string, string>();
    for (const line of listing.split('\0')) {
      const match = /^100644 blob (?<id>[0-9a-f]+)\t(?<path>.+)$/s.exec(line)?.groups;
      if (match?.id !== undefined && match.path !== undefined) blobs.set(match.path, match.id);
    }
    return new LedgerState(git, commit, blobs, texts);
  }

  /** Every path, sorted. */
  paths(): readonly string[] {
    return [...this.#blobs.keys()].sort();
  }

  async read(path: string): Promise<string | undefined> {
    return (await this.readAll([path]))[0];
  }

  async version(model: string, version: string): Promise<VersionRecord | undefined> {
    const path = versionPath(model, version);
    const text = await this.read(path);
    return text === undefined ? undefined : readVersionRecord(text, path);
  }

  /** The versions of `model` (of every model by default), lowest first. */
  versions(model?: string): Promise<readonly VersionRecord[]> {
    return this.#versions(model, '');
  }

  /** The versions of `model` that were registered from `commit`. */
  async versionsFrom(model: string, commit: string): Promise<readonly VersionRecord[]> {
    const records = await this.#versions(model, commit);
    return records.filter(({ source }) => source.commit === commit);
  }

  /** Reading them is quick, and understanding them is not: only those that mention `text` are. */
  async #versions(model: string | undefined, text: string): Promise<readonly VersionRecord[]> {
    const paths = this.paths().filter((path) => {
      const found = versionAt(path);
      return found !== undefined && (model === undefined || found.model === model);
    });
    const texts = await this.readAll(paths);
    return paths
      .flatMap((path, index) => {
        const record = texts[index] ?? '';
        return record.includes(text) ? readVersionRecord(record, path) : [];
      })
      .sort((a, b) =>
        a.model === b.model ? compareVersions(a.version, b.version) : a.model < b.model ? -1 : 1,
      );
  }

  async withDigest(digest: Digest): Promise<readonly VersionRecord[]> {
    return (await this.versions()).filter((record) => record.digest === digest);
  }

  /** What happened to the versions of `model` since they were registered. */
  async lifecycle(model: string): Promise<Lifecycle> {
    const path = eventsPath(model);
    return new Lifecycle(readEvents(await this.read(path), path));
  }

  /** The names of the models that have a version. */
  models(): readonly string[] {
    const names = this.paths().flatMap((path) => versionAt(path)?.model ?? []);
    return [...new Set(names)];
  }

  /** The texts of `paths` in one call of Git; undefined for a path that is not there. */
  async readAll(paths: readonly string[]): Promise<readonly (string | undefined)[]> {
    const ids = paths.map((path) => this.#blobs.get(path) ?? '');
    const wanted = ids.filter((id) => id !== '' && !this.#texts.has(id));
    if (wanted.length > 0) {
      for (const [id, text] of await readBlobs(this.#git, wanted)) this.#texts.set(id, text);
    }
    return ids.map((id) => this.#texts.get(id));
  }
}
