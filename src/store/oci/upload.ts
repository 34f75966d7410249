import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { UserError } from '../../errors.ts';
import type { Digest } from '../digest.ts';
import { hashFile } from '../hash.ts';
import { otherBytes } from '../other-bytes.ts';
import { blobSize, checkNamed } from './blobs.ts';
import { isPassing, type Call, type RegistryClient } from './client.ts';
import type { Body, Response } from './http.ts';
import { RegistryRefusal } from './refusal.ts';

/** Proxies before registries take 100 MB at once (Cloudflare), and what was cut is sent again. */
const CHUNK = 64 * 1024 * 1024;
/** Read and handed to the socket at once. */
const PIECE = 256 * 1024;
/** Failures in a row, none of which brought a byte more. */
const ATTEMPTS = 6;
const OCTETS = { 'content-type': 'application/octet-stream' };

/** Bytes to send, as often and from wherever it takes. */
interface Source {
  readonly length: number;
  /** From `start` up to but not including `end`. */
  readonly slice: (start: number, end: number) => Body;
}

/** Answers that say that a registry takes a blob as a whole only. */
const NO_CHUNKS = [400, 404, 405, 411, 415, 416, 501];

/** What a registry says of bytes that do not hash to their digest. */
const OTHER_BYTES = new Set(['DIGEST_INVALID', 'SIZE_INVALID', 'BLOB_UPLOAD_INVALID']);

/**
 * Brings one blob into one repository: large ones in chunks, resumed where the connection broke,
 * and as a whole where the registry knows no chunks.
 * @throws DigestRefused where the registry read other bytes than the digest names.
 */
class Upload {
  readonly #client: RegistryClient;
  readonly #digest: Digest;
  readonly #source: Source;
  #chunked: boolean;
  #location: URL | undefined;
  #offset = 0;

  constructor(client: RegistryClient, digest: Digest, source: Source) {
    this.#client = client;
    this.#digest = digest;
    this.#source = source;
    this.#chunked = source.length > CHUNK;
  }

  async run(): Promise<void> {
    let [attempt, reached] = [1, 0];
    for (;;) {
      try {
        if (await this.#advance()) return;
      } catch (thrown) {
        if (!isPassing(thrown) && !this.#canGoOn(thrown)) throw thrown;
        if (this.#offset > reached) [attempt, reached] = [1, this.#offset];
        if (attempt >= ATTEMPTS) throw this.#client.givenUp(thrown);
        await this.#client.pause(attempt++, thrown);
        if (await this.#recover()) return;
      }
    }
  }

  /** One request further; tells whether the blob is there. */
  async #advance(): Promise<boolean> {
    const { length } = this.#source;
    this.#location ??= await this.#begin();
    if (!this.#chunked || this.#offset === length) return this.#finish(this.#location);
    const end = Math.min(this.#offset + CHUNK, length);
    const response = await this.#once(this.#location, {
      method: 'PATCH',
      headers: { ...OCTETS, 'content-range': `${this.#offset}-${end - 1}` },
      body: this.#source.slice(this.#offset, end),
      expect: [202, 204],
    });
    this.#follow(response, end);
    return false;
  }

  async #begin(): Promise<URL> {
    this.#offset = 0;
    const response = await this.#client.send({
      method: 'POST',
      to: '/blobs/uploads/',
      expect: [202],
    });
    response.body.resume();
    return this.#client.resolve(response.header('location'), response.url);
  }

  /** The last request of a session: what is left, and the digest to compare all of it with. */
  async #finish(location: URL): Promise<boolean> {
    const url = new URL(location);
    url.searchParams.set('digest', this.#digest);
    try {
      const response = await this.#once(url, {
        method: 'PUT',
        headers: OCTETS,
        body: this.#source.slice(this.#offset, this.#source.length),
        expect: [201, 204],
      });
      checkNamed(this.#client, this.#digest, response);
      return true;
    } catch (thrown) {
      const invalid = thrown instanceof RegistryRefusal && OTHER_BYTES.has(thrown.code ?? '');
      throw invalid ? new DigestRefused(thrown.message, { cause: thrown }) : thrown;
    }
  }

  /** Not sent again: what a broken attempt left behind has to be asked for before the next. */
  async #once(to: URL, call: Omit<Call, 'to'>): Promise<Response> {
    const response = await this.#client.sendOnce({ ...call, to });
    response.body.resume();
    return response;
  }

  #follow(response: Response, end: number): void {
    this.#location = this.#client.resolve(
      response.header('location') ?? response.url.href,
      response.url,
    );
    this.#offset = reached(response) ?? end;
  }

  /** After a failure: goes on where the registry says, or anew. Tells whether the blob is there. */
  async #recover(): Promise<boolean> {
    // The answer to the last request may be all that was lost.
    if ((await blobSize(this.#client, this.#digest)) === this.#source.length) return true;
    const location = this.#location;
    this.#location = undefined;
    if (location === undefined || !this.#chunked) return false;
    const response = await this.#client.send({
      method: 'GET',
      to: location,
      expect: [204, 400, 404, 405, 416],
    });
    response.body.resume();
    const offset = response.status === 204 ? reached(response) : undefined;
    if (offset === undefined || offset > this.#source.length) return false;
    this.#follow(response, offset);
    return false;
  }

  /** Whether an answer speaks of the session or of chunks, and not of the blob. */
  #canGoOn(thrown: unknown): boolean {
    if (!(thrown instanceof RegistryRefusal)) return false;
    if (!this.#chunked) return thrown.status === 404 || thrown.status === 416;
    // Where chunks went through before, it was the session that was lost.
    if (NO_CHUNKS.includes(thrown.status) && this.#offset === 0) this.#chunked = false;
    return NO_CHUNKS.includes(thrown.status);
  }
}

/** `Range: 0-1023` says that 1024 bytes have arrived, and so does `bytes=0-1023`; `0-0` none. */
function reached({ header }: Response): number | undefined {
  const last = /^(?:bytes=)?0-(\d+)$/.exec(header('range') ?? '')?.[1];
  if (last === undefined) return undefined;
  return last === '0' ? 0 : Number(last) + 1;
}

/** The registry read other bytes: the file changed, or they were damaged on the way. */
class DigestRefused extends Error {}

/** Damaged on the way, so often, is a broken network. */
const SENDINGS = 3;

/**
 * Sends a file as the blob `digest`.
 * @throws UserError where the file is not what `digest` says.
 */
export async function putFile(client: RegistryClient, digest: Digest, file: string): Promise<void> {
  const { size } = await stat(file);
  const open = (start: number, end: number) => () =>
    Readable.from(exactly(file, start, end), { objectMode: false });
  const slice = (start: number, end: number) =>
    start === end ? Buffer.alloc(0) : { length: end - start, open: open(start, end) };
  await send(client, digest, { length: size, slice }, async () => {
    const { digest: actual } = await hashFile(file);
    if (actual !== digest) throw otherBytes(file, digest, actual);
  });
}

/** The same for bytes, which are what `digest` says. */
export async function putBytes(
  client: RegistryClient,
  digest: Digest,
  bytes: Uint8Array,
): Promise<void> {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const slice = (start: number, end: number) => whole.subarray(start, end);
  await send(client, digest, { length: whole.length, slice }, () => Promise.resolve());
}

/** `putBytes` where the blob is not there yet. */
export async function ensureBytes(
  client: RegistryClient,
  digest: Digest,
  bytes: Uint8Array,
): Promise<void> {
  if ((await blobSize(client, digest)) === undefined) await putBytes(client, digest, bytes);
}

async function send(
  client: RegistryClient,
  digest: Digest,
  source: Source,
  compare: () => Promise<void>,
): Promise<void> {
  for (let sending = 1; ; sending++) {
    try {
      await new Upload(client, digest, source).run();
      return;
    } catch (thrown) {
      if (!(thrown instanceof DigestRefused)) throw thrown;
      await compare();
      if (sending === SENDINGS) throw client.givenUp(thrown);
    }
  }
}

/** A part of a file. @throws UserError where the file has become shorter. */
async function* exactly(file: string, start: number, end: number): AsyncGenerator<Buffer> {
  let missing = end - start;
  const pieces = createReadStream(file, { start, end: end - 1, highWaterMark: PIECE });
  for await (const piece of pieces as AsyncIterable<Buffer>) {
    missing -= piece.length;
    yield piece;
  }
  if (missing === 0) return;
  throw new UserError(`${file} became shorter while it was being sent`, {
    hint: 'Wait until whatever writes it has finished, then try again.',
  });
}
