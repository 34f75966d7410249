import { UserError } from '../../errors.ts';
import type { Digest } from '../digest.ts';
import { hashBytes } from '../hash.ts';
import { MissingBlob, type NewPin, type Pin, type Pins, type StoredBlob } from '../store.ts';
import { blobSize, readBytes } from './blobs.ts';
import type { RegistryClient } from './client.ts';
import {
  deleteManifest,
  getManifest,
  listTags,
  putManifest,
  Unreadable,
  type Descriptor,
  type Found,
  type Manifest,
} from './manifests.ts';
import { ensureBytes } from './upload.ts';

const PIN = 'application/vnd.model-ci.pin.v1+json';
/** What a pin becomes where nothing can be deleted. */
const RELEASED = 'application/vnd.model-ci.released.v1+json';
const CREATED = 'org.opencontainers.image.created';
const TAG = /^model-ci\.(?<name>[0-9a-z]+)$/;
const MAX_TEXT = 64 * 1024 * 1024;

/**
 * Pins as manifests that refer to the blobs, under tags of their own: what no manifest refers to is
 * garbage to a registry.
 */
export class OciPins implements Pins {
  readonly #client: RegistryClient;

  constructor(client: RegistryClient) {
    this.#client = client;
  }

  async write({ name, text, blobs }: NewPin): Promise<void> {
    const unique = [...new Set(blobs)];
    const layers = await Promise.all(unique.map((digest) => this.#layer(digest)));
    await this.#put(name, PIN, text, layers);
  }

  async has(name: string): Promise<boolean> {
    return (await this.#find(tagOf(name)))?.value.artifactType === PIN;
  }

  async *list(): AsyncGenerator<Pin> {
    for await (const { name, manifest, written } of this.#manifests()) {
      const text = await readBytes(this.#client, manifest.config.digest, MAX_TEXT);
      yield { name, text: text.toString('utf8'), written };
    }
  }

  async remove(name: string): Promise<void> {
    const found = await this.#find(tagOf(name));
    if (found?.value.artifactType !== PIN) return;
    if (await this.#delete(found.digest)) return;
    await this.#put(name, RELEASED, '{}', []);
  }

  /** What is pinned: all that a registry can tell of its blobs. */
  async *blobs(): AsyncGenerator<StoredBlob> {
    for await (const { manifest, written } of this.#manifests()) {
      for (const { digest, size } of manifest.layers) yield { digest, size, used: written };
    }
  }

  async *#manifests() {
    for await (const tag of listTags(this.#client)) {
      const name = TAG.exec(tag)?.groups?.name;
      const found = name === undefined ? undefined : await this.#find(tag);
      if (name === undefined || found?.value.artifactType !== PIN) continue;
      const written = new Date(found.value.annotations?.[CREATED] ?? 0);
      yield { name, manifest: found.value, written };
    }
  }

  /** What cannot be read holds on to nothing, and is written anew like what is missing. */
  async #find(tag: string): Promise<Found<Manifest> | undefined> {
    try {
      return await getManifest(this.#client, tag);
    } catch (thrown) {
      if (thrown instanceof Unreadable) return undefined;
      throw thrown;
    }
  }

  async #layer(digest: Digest): Promise<Descriptor> {
    const size = await blobSize(this.#client, digest);
    if (size === undefined) throw new MissingBlob(digest, this.#client.place.text);
    return { mediaType: 'application/octet-stream', digest, size };
  }

  async #put(name: string, artifactType: string, text: string, layers: Descriptor[]) {
    const bytes = Buffer.from(text);
    const config = { mediaType: artifactType, digest: hashBytes(bytes), size: bytes.length };
    await ensureBytes(this.#client, config.digest, bytes);
    const manifest: Manifest = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      artifactType,
      config,
      layers,
      annotations: { [CREATED]: new Date().toISOString() },
    };
    await putManifest(this.#client, manifest, tagOf(name));
  }

  async #delete(digest: Digest): Promise<boolean> {
    try {
      return await deleteManifest(this.#client, digest);
    } catch (thrown) {
      // A token that may write and not delete: the pin is released all the same.
      if (thrown instanceof UserError) return false;
      throw thrown;
    }
  }
}

function tagOf(name: string): string {
  if (!/^[0-9a-z]{1,100}$/.test(name)) throw new Error(`'${name}' is no name for a pin`);
  return `model-ci.${name}`;
}
