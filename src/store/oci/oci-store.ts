import { open, rm } from 'node:fs/promises';
import { isDigest, sameDigest, type Digest } from '../digest.ts';
import { hashBytes } from '../hash.ts';
import {
  CorruptBlob,
  type ContentStore,
  type Offers,
  type Stored,
  type StoredBlob,
} from '../store.ts';
import { otherBytes } from '../other-bytes.ts';
import { using } from '../system-error.ts';
import { blobSize, readBlob, readBytes } from './blobs.ts';
import { RegistryClient, type ClientOptions } from './client.ts';
import { OciOffers } from './offers.ts';
import { OciPins } from './pins.ts';
import type { OciPlace } from './place.ts';
import { putBytes, putFile } from './upload.ts';

/**
 * Blobs in one repository of an OCI registry. A registry checks what it is given and keeps what a
 * manifest refers to; it lists manifests and no blobs, and removes blobs by itself.
 */
export class OciStore implements ContentStore {
  readonly place: string;
  readonly lanes = 4;
  readonly pins: OciPins;
  readonly offers: Offers;
  readonly caveat =
    'An OCI registry lists no blobs and removes those that nothing refers to by its own garbage collection: what an interrupted upload left is seen by neither.';
  readonly #client: RegistryClient;

  constructor(place: OciPlace, options: ClientOptions) {
    this.place = place.text;
    this.#client = new RegistryClient(place, options);
    this.pins = new OciPins(this.#client);
    this.offers = new OciOffers(this, this.#client);
  }

  async has(digest: Digest): Promise<boolean> {
    return (await blobSize(this.#client, sha256(digest))) !== undefined;
  }

  put(digest: Digest, file: string): Promise<Stored> {
    return this.#store(digest, () => putFile(this.#client, digest, file));
  }

  async putBytes(digest: Digest, bytes: Uint8Array): Promise<Stored> {
    const actual = hashBytes(bytes);
    if (!sameDigest(digest, actual)) throw otherBytes('the given bytes', digest, actual);
    return this.#store(digest, () => putBytes(this.#client, digest, bytes));
  }

  get(digest: Digest, destination: string, size = Infinity): Promise<void> {
    return using(destination, async () => {
      const handle = await open(destination, 'wx');
      try {
        const read = await readBlob(this.#client, sha256(digest), size, async (pieces, at) => {
          await handle.writev(pieces, at);
        });
        // A first try may have left more than the second one wrote.
        await handle.truncate(read);
        await handle.sync();
      } catch (thrown) {
        await rm(destination, { force: true });
        throw thrown;
      } finally {
        await handle.close();
      }
    });
  }

  getBytes(digest: Digest, limit: number): Promise<Buffer> {
    return readBytes(this.#client, sha256(digest), limit);
  }

  async check(digest: Digest, size = Infinity): Promise<void> {
    await readBlob(this.#client, sha256(digest), size);
  }

  list(): AsyncIterable<StoredBlob> {
    return this.pins.blobs();
  }

  /** Whether somebody is about to refer to a blob cannot be seen: the registry collects garbage. */
  remove(): Promise<boolean> {
    return Promise.resolve(false);
  }

  sweep(): Promise<number> {
    return Promise.resolve(0);
  }

  async #store(digest: Digest, upload: () => Promise<void>): Promise<Stored> {
    const found = await this.#look(digest);
    if (found === 'intact') return 'present';
    await upload();
    await this.check(digest);
    return found === 'damaged' ? 'repaired' : 'stored';
  }

  async #look(digest: Digest): Promise<'intact' | 'damaged' | 'absent'> {
    if (!(await this.has(digest))) return 'absent';
    try {
      await this.check(digest);
      return 'intact';
    } catch (thrown) {
      if (thrown instanceof CorruptBlob) return 'damaged';
      throw thrown;
    }
  }
}

function sha256(digest: Digest): Digest {
  if (isDigest(digest) && digest.startsWith('sha256:')) return digest;
  throw new Error(`a registry addresses nothing by ${digest}`);
}
