import type { Offer } from '../store/store.ts';
import type { VersionRecord } from './records.ts';
import type { Registry } from './registry.ts';

/** A registered version under the name that other tools pull it by. */
export function offerOf(record: VersionRecord): Offer {
  const { model, version, digest, files, source, registered, manifest, signature } = record;
  return {
    model,
    version,
    snapshot: digest,
    created: registered.at,
    source: source.repository,
    revision: source.commit,
    files,
    attachments: [
      { mediaType: 'application/vnd.in-toto+json', digest: manifest },
      ...(signature === undefined
        ? []
        : [{ mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', digest: signature }]),
    ],
  };
}

/**
 * Offers a version that is in the ledger where the store has names for it. May be repeated; without
 * it the version is registered all the same.
 */
export async function offerVersion(
  { store, observe }: Registry,
  record: VersionRecord,
): Promise<void> {
  if (!store.offers) return;
  observe('offer');
  await store.offers.publish(offerOf(record));
}
