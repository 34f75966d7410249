import { EnvironmentError } from '../errors.ts';
import type { Digest } from '../store/digest.ts';
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
  readonly #blobs: ReadonlyMap<string, string>;

  private constructor(git: Git, commit: string | undefined, blobs: ReadonlyMap<string, string>) {
    this.#git = git;
    this.commit = commit;
    this.#blobs = blobs;
  }

  static async at(git: Git, commit: string | undefined): Promise<LedgerState> {
    if (commit === undefined) return new LedgerState(git, undefined, new Map());
    const listing = await git.text(['ls-tree', '-r', '-z', '--full-tree', commit]);
    const blobs = new Map<string, string>();
    for (const line of listing.split('\0')) {
      const match = /^100644 blob (?<id>[0-9a-f]+)\t(?<path>.+)$/s.exec(line)?.groups;
      if (match?.id !== undefined && match.path !== undefined) blobs.set(match.path, match.id);
    }
    return new LedgerState(git, commit, blobs);
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
  async versions(model?: string): Promise<readonly VersionRecord[]> {
    const paths = this.paths().filter((path) => {
      const found = versionAt(path);
      return found !== undefined && (model === undefined || found.model === model);
    });
    const texts = await this.readAll(paths);
    return paths
      .map((path, index) => readVersionRecord(texts[index] ?? '', path))
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
    const wanted = paths.flatMap((path) => this.#blobs.get(path) ?? []);
    if (wanted.length === 0) return paths.map(() => undefined);
    const output = await this.#git.bytes(['cat-file', '--batch'], {
      input: `${wanted.join('\n')}\n`,
    });
    const texts = new Map<string, string>();
    let offset = 0;
    while (offset < output.length) {
      const end = output.indexOf(0x0a, offset);
      const header = output.toString('latin1', offset, end);
      const match = /^(?<id>[0-9a-f]+) blob (?<size>\d+)$/.exec(header)?.groups;
      if (match?.id === undefined) throw unreadable(header);
      const size = Number(match.size);
      texts.set(match.id, output.toString('utf8', end + 1, end + 1 + size));
      offset = end + 1 + size + 1;
    }
    return paths.map((path) => texts.get(this.#blobs.get(path) ?? ''));
  }
}

function unreadable(header: string): EnvironmentError {
  return new EnvironmentError(`Git cannot read an object of the ledger: ${header}`, {
    hint: 'Fetch the branch of the ledger again; git fsck tells whether the clone is damaged.',
  });
}
