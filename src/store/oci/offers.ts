import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EnvironmentError } from '../../errors.ts';
import type { Digest } from '../digest.ts';
import type { ContentStore, Offer, Offers } from '../store.ts';
import { blobSize, mountBlob } from './blobs.ts';
import type { RegistryClient } from './client.ts';
import { descriptorOf, getManifest, putManifest } from './manifests.ts';
import { modelPack } from './model-pack.ts';
import { repositoryOf, tagOf } from './place.ts';
import { attach, referrers } from './referrers.ts';
import { ensureBytes, putFile } from './upload.ts';

/**
 * Versions as ModelPack artifacts: model `digits` of the store `host/repository` in
 * `host/repository/digits`, tag = version. Their blobs are mounted from the store, not moved.
 */
export class OciOffers implements Offers {
  readonly #store: ContentStore;
  readonly #client: RegistryClient;

  constructor(store: ContentStore, client: RegistryClient) {
    this.#store = store;
    this.#client = client;
  }

  nameOf({ model, version }: Offer): string {
    const { host, repository } = this.#client.place;
    return `${host}/${repositoryOf(repository, model)}:${tagOf(version)}`;
  }

  async state(offer: Offer): Promise<'there' | 'absent' | 'other'> {
    const target = this.#target(offer);
    const subject = descriptorOf(modelPack(offer).manifest);
    const found = await getManifest(target, tagOf(offer.version));
    if (!found) return 'absent';
    if (found.digest !== subject.digest) return 'other';
    const attached = await referrers(target, subject.digest);
    // The last step of a publication.
    const missing = offer.attachments.some(
      ({ mediaType }) => !attached.some(({ artifactType }) => artifactType === mediaType),
    );
    return missing ? 'absent' : 'there';
  }

  async publish(offer: Offer): Promise<void> {
    const state = await this.state(offer);
    if (state === 'there') return;
    if (state === 'other') throw this.#taken(offer);
    const target = this.#target(offer);
    const { manifest, config } = modelPack(offer);
    const blobs = [...offer.files, ...offer.attachments].map(({ digest }) => digest);
    for (const digest of new Set(blobs)) await this.#bring(target, digest);
    await ensureBytes(target, manifest.config.digest, config);
    const { descriptor } = await putManifest(target, manifest, tagOf(offer.version));
    for (const { mediaType, digest } of offer.attachments) {
      const size = (await blobSize(target, digest)) ?? 0;
      await attach(target, descriptor, { mediaType, digest, size });
    }
  }

  #target({ model }: Offer): RegistryClient {
    return this.#client.sibling(repositoryOf(this.#client.place.repository, model));
  }

  async #bring(target: RegistryClient, digest: Digest): Promise<void> {
    if ((await blobSize(target, digest)) !== undefined) return;
    if (await mountBlob(target, digest, this.#client)) return;
    const folder = await mkdtemp(path.join(tmpdir(), 'model-ci-'));
    try {
      const file = path.join(folder, 'blob');
      await this.#store.get(digest, file);
      await putFile(target, digest, file);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  #taken(offer: Offer): EnvironmentError {
    return new EnvironmentError(`${this.nameOf(offer)} is there already and is something else`, {
      hint: `The ledger has ${offer.model}@${offer.version}, and this is not it: delete that tag in the registry, then run model-ci fsck --repair.`,
    });
  }
}
