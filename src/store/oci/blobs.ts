import { createHash } from 'node:crypto';
import { isDigest, type Digest } from '../digest.ts';
import { CorruptBlob, MissingBlob } from '../store.ts';
import { isPassing, type RegistryClient } from './client.ts';
import type { Response } from './http.ts';

/** Failures in a row, none of which brought this much more. */
const ATTEMPTS = 6;
const PROGRESS = 1024 * 1024;
/** Pieces come from the socket in 64 KiB; so many are handed on at once. */
const BATCH = 1024 * 1024;

/** Where the bytes of a blob go: the same place may be written again after a false start. */
export type Sink = (pieces: readonly Buffer[], position: number) => Promise<void>;

/** The size of a blob, or undefined where there is none. */
export async function blobSize(
  client: RegistryClient,
  digest: Digest,
): Promise<number | undefined> {
  const response = await client.send({
    method: 'HEAD',
    to: `/blobs/${digest}`,
    expect: [200, 404],
  });
  response.body.resume();
  if (response.status === 404) return undefined;
  checkNamed(client, digest, response);
  return Number(response.header('content-length') ?? 0);
}

/** @throws CorruptBlob where the registry itself says that this is something else. */
export function checkNamed({ place }: RegistryClient, digest: Digest, { header }: Response): void {
  const named = header('docker-content-digest');
  if (named === undefined || named === digest) return;
  throw new CorruptBlob(digest, isDigest(named) ? named : undefined, place.text);
}

/**
 * Reads a blob to its end and compares it with its name; goes on where a connection broke. Bytes
 * that were damaged on the way are fetched once more, those that are damaged in the store are not
 * mended by it. Returns the size.
 * @throws MissingBlob, CorruptBlob.
 */
export async function readBlob(
  client: RegistryClient,
  digest: Digest,
  limit: number,
  sink?: Sink,
): Promise<number> {
  const first = await readOnce(client, digest, limit, sink);
  if (first.actual === digest) return first.size;
  const second = await readOnce(client, digest, limit, sink);
  if (second.actual === digest) return second.size;
  throw new CorruptBlob(digest, second.actual, client.place.text);
}

interface Read {
  readonly actual: Digest;
  readonly size: number;
}

async function readOnce(
  client: RegistryClient,
  digest: Digest,
  limit: number,
  sink: Sink | undefined,
): Promise<Read> {
  const hash = createHash('sha256');
  let position = 0;
  let writing: Promise<void> = Promise.resolve();
  const take = async (pieces: readonly Buffer[], length: number) => {
    if (position + length > limit) throw new CorruptBlob(digest, undefined, client.place.text);
    await writing;
    writing = sink?.(pieces, position) ?? Promise.resolve();
    // Awaited before the next batch; it must not count as unhandled until then.
    writing.catch(() => undefined);
    for (const piece of pieces) hash.update(piece);
    position += length;
  };
  let mark = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await from(client, digest, position);
      await batches(response, skipped(response, position), take);
      break;
    } catch (thrown) {
      if (!isPassing(thrown)) throw thrown;
      if (position - mark >= PROGRESS) [attempt, mark] = [1, position];
      if (attempt >= ATTEMPTS) throw client.givenUp(thrown);
      await client.pause(attempt, thrown);
    }
  }
  await writing;
  return { actual: `sha256:${hash.digest('hex')}`, size: position };
}

async function from(client: RegistryClient, digest: Digest, position: number): Promise<Response> {
  const response = await client.send({
    method: 'GET',
    to: `/blobs/${digest}`,
    headers: position > 0 ? { range: `bytes=${position}-` } : {},
    expect: [200, 206, 404, 416],
  });
  if (response.status === 404) {
    response.body.resume();
    throw new MissingBlob(digest, client.place.text);
  }
  // Nothing follows what we have: either that was all, or the blob is not what it was.
  return response;
}

/** How many bytes of the answer we have already: a server need not know ranges. */
function skipped({ status, header }: Response, position: number): number {
  if (status === 416) return Infinity;
  if (status !== 206) return position;
  const start = /^bytes (\d+)-/.exec(header('content-range') ?? '')?.[1];
  // An answer to another question than ours: the digest will tell.
  return Math.max(0, position - Number(start ?? position));
}

async function batches(
  { body }: Response,
  skip: number,
  take: (pieces: readonly Buffer[], length: number) => Promise<void>,
): Promise<void> {
  let pieces: Buffer[] = [];
  let length = 0;
  const flush = async () => {
    if (length > 0) await take(pieces, length);
    [pieces, length] = [[], 0];
  };
  try {
    for await (const whole of body as AsyncIterable<Buffer>) {
      const piece = skip > 0 ? whole.subarray(Math.min(skip, whole.length)) : whole;
      skip = Math.max(0, skip - whole.length);
      pieces.push(piece);
      length += piece.length;
      if (length >= BATCH) await flush();
    }
  } catch (thrown) {
    // What came before the connection broke is not fetched again.
    await flush();
    throw thrown;
  }
  await flush();
}

/**
 * Makes a blob of another repository of the same registry one of this, without moving its bytes;
 * tells whether the registry did.
 */
export async function mountBlob(
  client: RegistryClient,
  digest: Digest,
  from: RegistryClient,
): Promise<boolean> {
  const query = new URLSearchParams({ mount: digest, from: from.place.repository });
  const response = await client.send({
    method: 'POST',
    to: `/blobs/uploads/?${query.toString()}`,
    // Registries that cannot begin an upload of it instead, which nobody finishes.
    expect: [201, 202, 404, 405],
    scopes: [from.scope('pull')],
  });
  response.body.resume();
  return response.status === 201;
}

/** The bytes of a small blob. @throws MissingBlob, CorruptBlob. */
export async function readBytes(
  client: RegistryClient,
  digest: Digest,
  limit: number,
): Promise<Buffer> {
  let read: Buffer[] = [];
  const size = await readBlob(client, digest, limit, (pieces, at) => {
    read = at === 0 ? [...pieces] : [...read, ...pieces];
    return Promise.resolve();
  });
  return Buffer.concat(read, size);
}
