import { z } from 'zod';
import { EnvironmentError, UserError } from '../../errors.ts';
import { isDigest, type Digest } from '../digest.ts';
import { hashBytes } from '../hash.ts';
import { CorruptBlob } from '../store.ts';
import { checkNamed } from './blobs.ts';
import type { Call, RegistryClient } from './client.ts';
import { TooLong, type Response } from './http.ts';

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX = 'application/vnd.oci.image.index.v1+json';

/** What the specification asks every registry to take, "Pushing manifests". */
const MAX_MANIFEST = 4 * 1024 * 1024;
const MAX_TAGS = 64 * 1024 * 1024;

const digest = z.custom<Digest>((given) => typeof given === 'string' && isDigest(given));
const descriptorSchema = z.looseObject({
  mediaType: z.string(),
  digest,
  size: z.number().int().nonnegative(),
  artifactType: z.string().optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
export type Descriptor = z.infer<typeof descriptorSchema>;

const manifestSchema = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.literal(MANIFEST).optional(),
  artifactType: z.string().optional(),
  config: descriptorSchema,
  layers: z.array(descriptorSchema),
  subject: descriptorSchema.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
export type Manifest = z.infer<typeof manifestSchema>;

export const indexSchema = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.literal(INDEX).optional(),
  manifests: z.array(descriptorSchema),
});
export type Index = z.infer<typeof indexSchema>;

/** A document of the image specification, with the digest of its bytes. */
export interface Found<T> {
  readonly digest: Digest;
  readonly value: T;
}

/** `reference` is a tag or a digest; undefined where there is none. */
export function getManifest(
  client: RegistryClient,
  reference: string,
): Promise<Found<Manifest> | undefined> {
  return getDocument(client, reference, MANIFEST, manifestSchema);
}

/** The same for an index, such as the list of what refers to a manifest. */
export async function getDocument<T>(
  client: RegistryClient,
  reference: string,
  mediaType: string,
  schema: z.ZodType<T>,
): Promise<Found<T> | undefined> {
  const headers = { accept: mediaType };
  const to = `/manifests/${reference}`;
  const call = { method: 'GET', to, headers, expect: [200, 404] } as const;
  const { response, bytes } = await fetchDocument(client, call, MAX_MANIFEST);
  if (response.status === 404) return undefined;
  const actual = hashBytes(bytes);
  checkNamed(client, actual, response);
  if (isDigest(reference) && actual !== reference) {
    throw new CorruptBlob(reference, actual, client.place.text);
  }
  return { digest: actual, value: parse(client, bytes, schema, reference) };
}

/** Sent again where what arrived is something else: under a tag, nothing compares it but we. */
const SENDINGS = 3;

/** Stores a document by its own digest, and under `tag` as well. */
export async function putManifest(
  client: RegistryClient,
  value: Manifest | Index,
  tag?: string,
): ReturnType<typeof putOnce> {
  for (let sending = 1; ; sending++) {
    try {
      return await putOnce(client, value, tag);
    } catch (thrown) {
      if (!(thrown instanceof CorruptBlob) || sending === SENDINGS) throw thrown;
    }
  }
}

async function putOnce(
  client: RegistryClient,
  value: Manifest | Index,
  tag: string | undefined,
): Promise<{ readonly descriptor: Descriptor; readonly response: Response }> {
  const bytes = documentBytes(value);
  const descriptor = descriptorOf(value);
  if (bytes.length > MAX_MANIFEST) throw tooMany(client);
  const response = await client.send({
    method: 'PUT',
    to: `/manifests/${tag ?? descriptor.digest}`,
    headers: { 'content-type': descriptor.mediaType },
    body: bytes,
    expect: [201],
  });
  response.body.resume();
  checkNamed(client, descriptor.digest, response);
  return { descriptor, response };
}

export function descriptorOf(value: Manifest | Index): Descriptor {
  const bytes = documentBytes(value);
  const mediaType = 'layers' in value ? MANIFEST : INDEX;
  return { mediaType, digest: hashBytes(bytes), size: bytes.length };
}

function documentBytes(value: Manifest | Index): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Removes a manifest with every tag on it; tells whether the registry lets us. */
export async function deleteManifest(client: RegistryClient, named: Digest): Promise<boolean> {
  const response = await client.send({
    method: 'DELETE',
    to: `/manifests/${named}`,
    expect: [202, 404, 400, 405],
  });
  response.body.resume();
  return response.status === 202 || response.status === 404;
}

const tagsSchema = z.object({ tags: z.array(z.string()).nullable() });

/** Every tag of the repository, page by page; none where there is no such repository yet. */
export async function* listTags(client: RegistryClient): AsyncGenerator<string> {
  let to: string | URL | undefined = '/tags/list?n=1000';
  const seen = new Set<string>();
  while (to !== undefined) {
    const call: Call = { method: 'GET', to, expect: [200, 404] };
    const { response, bytes } = await fetchDocument(client, call, MAX_TAGS);
    if (response.status === 404) return;
    const { tags } = parse(client, bytes, tagsSchema, 'tags');
    const fresh = (tags ?? []).filter((tag) => !seen.has(tag));
    yield* fresh;
    for (const tag of fresh) seen.add(tag);
    const next = /<([^>]+)>\s*;\s*rel="?next"?/i.exec(response.header('link') ?? '')?.[1];
    // A page with nothing new would be asked for again and again.
    to = next === undefined || fresh.length === 0 ? undefined : client.resolve(next, response.url);
  }
}

export async function fetchDocument(client: RegistryClient, call: Call, limit: number) {
  try {
    return await client.fetch(call, limit);
  } catch (thrown) {
    throw thrown instanceof TooLong ? unusable(client, thrown) : thrown;
  }
}

export function parse<T>(
  client: RegistryClient,
  bytes: Buffer,
  schema: z.ZodType<T>,
  what: string,
): T {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw unusable(client, cause, what);
  }
}

/** What a registry gave is no document of the kind that was asked for. */
export class Unreadable extends EnvironmentError {}

function unusable({ place }: RegistryClient, cause: unknown, what = 'an answer'): Unreadable {
  return new Unreadable(`${place.host}/${place.repository} has ${what} that cannot be read`, {
    hint: 'Look at the registry: something else may have written there.',
    cause,
  });
}

function tooMany({ place }: RegistryClient): UserError {
  return new UserError(`the snapshot has too many files for one manifest in ${place.host}`, {
    hint: 'Registries take manifests of 4 MiB, about 12,000 files: pack small files together.',
  });
}
