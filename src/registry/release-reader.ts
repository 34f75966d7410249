import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { EnvironmentError, messageOf, UserError } from '../errors.ts';
import type { PublishedAsset, Releases } from '../runner/ports.ts';
import type { Digest } from '../store/digest.ts';
import { hashBytes } from '../store/hash.ts';
import { CorruptBlob, MissingBlob, type BlobReader } from '../store/store.ts';
import { using } from '../store/system-error.ts';
import type { VersionRecord } from './records.ts';
import { releaseAssets } from './release-assets.ts';

const EMPTY = hashBytes(Buffer.alloc(0));

/** A download that broke is begun anew, a little later each time. */
const ATTEMPTS = 3;
const PAUSE_MS = 500;

/**
 * The bytes of a registered version as its GitHub Release holds them. Whoever may edit a release may
 * exchange its files: they are compared with the ledger as those of a store are.
 * @throws UserError where the version was not published as one.
 */
export async function openRelease(
  releases: Releases | undefined,
  record: VersionRecord,
): Promise<BlobReader> {
  const { tag } = record.source;
  if (!releases) {
    const hint = 'Read the version from its store: leave source: release out.';
    throw new UserError('there are no releases outside of GitHub', { hint });
  }
  const published = await releases.find(tag);
  if (!published) {
    throw new UserError(`${tag} was not published as a release`, {
      hint: 'Register it with release: true, or read it from its store. Where it is there, give the job the permission contents: read.',
    });
  }
  const byName = new Map(published.map((asset) => [asset.name, asset]));
  const assets = new Map<Digest, PublishedAsset>();
  for (const { name, digest } of releaseAssets(record)) {
    const found = byName.get(name);
    if (found) assets.set(digest, found);
  }
  return new ReleaseReader(`the release ${tag}`, assets);
}

class ReleaseReader implements BlobReader {
  readonly place: string;
  readonly lanes = 4;
  readonly #assets: ReadonlyMap<Digest, PublishedAsset>;

  constructor(place: string, assets: ReadonlyMap<Digest, PublishedAsset>) {
    this.place = place;
    this.#assets = assets;
  }

  get(digest: Digest, destination: string, size = Infinity): Promise<void> {
    return using(destination, async () => {
      try {
        await this.#read(digest, size, () =>
          // Truncated, for a try may come after one that broke; the folder is ours alone.
          createWriteStream(destination, { flags: 'w', flush: true }),
        );
      } catch (thrown) {
        await rm(destination, { force: true });
        throw thrown;
      }
    });
  }

  async getBytes(digest: Digest, limit: number): Promise<Buffer> {
    let pieces: Buffer[] = [];
    await this.#read(digest, limit, () => {
      pieces = [];
      return sink((piece) => pieces.push(piece));
    });
    return Buffer.concat(pieces);
  }

  check(digest: Digest, size = Infinity): Promise<void> {
    return this.#read(digest, size, () => sink(() => undefined));
  }

  async #read(digest: Digest, limit: number, open: () => Writable): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#readOnce(digest, limit, open());
        return;
      } catch (thrown) {
        if (thrown instanceof UserError || isOfDisk(thrown)) throw thrown;
        if (attempt < ATTEMPTS) {
          await setTimeout(attempt * PAUSE_MS);
          continue;
        }
        throw new EnvironmentError(`${this.place} could not be read: ${messageOf(thrown)}`, {
          hint: 'Run the job again.',
          cause: thrown,
        });
      }
    }
  }

  async #readOnce(digest: Digest, limit: number, sink: Writable): Promise<void> {
    const { place } = this;
    const hash = createHash('sha256');
    let length = 0;
    const hashed = async function* (pieces: AsyncIterable<Buffer>) {
      for await (const piece of pieces) {
        length += piece.length;
        if (length > limit) throw new CorruptBlob(digest, undefined, place);
        hash.update(piece);
        yield piece;
      }
    };
    await pipeline(await this.#open(digest), hashed, sink);
    const actual: Digest = `sha256:${hash.digest('hex')}`;
    if (actual !== digest) throw new CorruptBlob(digest, actual, place);
  }

  async #open(digest: Digest): Promise<Readable> {
    if (digest === EMPTY) return Readable.from([]);
    const content = await this.#assets.get(digest)?.open();
    if (!content) throw new MissingBlob(digest, this.place);
    return content;
  }
}

function sink(take: (piece: Buffer) => void): Writable {
  return new Writable({
    write(piece: Buffer, _encoding, done) {
      take(piece);
      done();
    },
  });
}

/** What the file system says is told by `using`; another try would only hear it again. */
function isOfDisk(thrown: unknown): boolean {
  if (!(thrown instanceof Error && 'syscall' in thrown)) return false;
  return ['open', 'write', 'fsync', 'close'].includes(String(thrown.syscall));
}
