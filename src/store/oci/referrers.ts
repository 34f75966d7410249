import type { Digest } from '../digest.ts';
import type { RegistryClient } from './client.ts';
import {
  descriptorOf,
  fetchDocument,
  getDocument,
  INDEX,
  indexSchema,
  MANIFEST,
  parse,
  putManifest,
  type Descriptor,
  type Index,
  type Manifest,
} from './manifests.ts';
import { ensureBytes } from './upload.ts';

/** Image specification 1.1, "Guidance for an empty descriptor". */
const EMPTY_TEXT = Buffer.from('{}');
const EMPTY: Descriptor = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  size: 2,
};
const MAX_INDEX = 4 * 1024 * 1024;

/** Attaches a blob of the repository to a manifest: `oras discover` finds it there. */
export async function attach(
  client: RegistryClient,
  subject: Descriptor,
  { mediaType, digest, size }: Descriptor,
): Promise<void> {
  await ensureBytes(client, EMPTY.digest, EMPTY_TEXT);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType: mediaType,
    config: EMPTY,
    layers: [{ mediaType, digest, size }],
    subject,
  };
  const { descriptor, response } = await putManifest(client, manifest);
  // A registry with the referrers API says so; for any other, the client keeps the list.
  if (response.header('oci-subject') !== undefined) return;
  await listInTag(client, subject.digest, { ...descriptor, artifactType: mediaType });
}

/** What refers to a manifest, from the referrers API or the list in the tag. */
export async function referrers(
  client: RegistryClient,
  subject: Digest,
): Promise<readonly Descriptor[]> {
  const call = { method: 'GET', to: `/referrers/${subject}`, expect: [200, 404, 405] } as const;
  const { response, bytes } = await fetchDocument(client, call, MAX_INDEX);
  if (response.status === 200) return parse(client, bytes, indexSchema, 'referrers').manifests;
  const found = await getDocument(client, fallbackTag(subject), INDEX, indexSchema);
  return found?.value.manifests ?? [];
}

/** Distribution specification 1.1, "Referrers Tag Schema". */
function fallbackTag(subject: Digest): string {
  return subject.replace(':', '-');
}

async function listInTag(client: RegistryClient, subject: Digest, entry: Descriptor) {
  const tag = fallbackTag(subject);
  const found = await getDocument(client, tag, INDEX, indexSchema);
  const manifests = found?.value.manifests ?? [];
  if (manifests.some(({ digest }) => digest === entry.digest)) return;
  const index: Index = { schemaVersion: 2, mediaType: INDEX, manifests: [...manifests, entry] };
  if (descriptorOf(index).digest !== found?.digest) await putManifest(client, index, tag);
}
