import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readBody, type Call, type Reply } from '../http.ts';

interface Blob {
  readonly file: string;
  /** Uncommitted blocks by their id. */
  readonly blocks: Map<string, string>;
  type: string;
  /** What a download is called, once it is known. */
  name: string | undefined;
}

/** The part of Azure's block blobs that the toolkit speaks: signed PUT, blocks, ranged GET. */
export class Blobs {
  private readonly folder: string;
  private readonly secret = randomBytes(16);
  private readonly blobs = new Map<string, Blob>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** A path that serves one operation on one blob, as a shared access signature does. */
  signedPath(id: string, operation: 'read' | 'write', name?: string): string {
    const blob = this.blob(id);
    blob.name = name ?? blob.name;
    return `/blob/${id}?sp=${operation}&sig=${this.signature(id, operation)}`;
  }

  async handle({ method, url, request, response }: Call): Promise<Reply | undefined> {
    const id = path.basename(url.pathname);
    const operation = method === 'PUT' ? 'write' : 'read';
    if (url.searchParams.get('sig') !== this.signature(id, operation)) {
      return { status: 403, headers: { 'x-ms-error-code': 'AuthenticationFailed' } };
    }
    const blob = this.blob(id);
    if (method !== 'PUT') return await download(blob, request.headers, method, response);
    const type = request.headers['x-ms-blob-content-type'] ?? request.headers['content-type'];
    switch (url.searchParams.get('comp')) {
      case 'block': {
        const block = url.searchParams.get('blockid') ?? '';
        const file = `${blob.file}.${Buffer.from(block).toString('base64url')}`;
        await pipeline(request, createWriteStream(file));
        blob.blocks.set(block, file);
        return created();
      }
      case 'blocklist': {
        blob.type = String(type);
        return await commit(blob, (await readBody(request)).toString('utf8'));
      }
      default:
        blob.type = String(type);
        await pipeline(request, createWriteStream(blob.file));
        return created();
    }
  }

  private blob(id: string): Blob {
    const found = this.blobs.get(id);
    if (found) return found;
    const type = 'application/octet-stream';
    const blob = { file: path.join(this.folder, id), blocks: new Map(), type, name: undefined };
    this.blobs.set(id, blob);
    return blob;
  }

  private signature(id: string, operation: string): string {
    return createHmac('sha256', this.secret).update(`${id}:${operation}`).digest('base64url');
  }
}

async function commit(blob: Blob, list: string): Promise<Reply> {
  const order = [...list.matchAll(/<(?:Latest|Committed|Uncommitted)>([^<]+)</g)];
  const files = order.map(([, block = '']) => blob.blocks.get(block));
  if (files.some((file) => file === undefined)) {
    return { status: 400, headers: { 'x-ms-error-code': 'InvalidBlockList' } };
  }
  const target = createWriteStream(blob.file);
  for (const file of files as string[]) {
    await pipeline(createReadStream(file), target, { end: false });
    await rm(file);
  }
  await new Promise<void>((resolve) => target.end(resolve));
  return created();
}

async function download(
  blob: Blob,
  headers: Call['request']['headers'],
  method: string,
  response: Call['response'],
): Promise<Reply | undefined> {
  const size = await stat(blob.file).then(
    (found) => found.size,
    () => undefined,
  );
  if (size === undefined) {
    return { status: 404, headers: { 'x-ms-error-code': 'BlobNotFound' } };
  }
  const range = /bytes=(\d+)-(\d*)/.exec(headers.range ?? String(headers['x-ms-range'] ?? ''));
  const start = Number(range?.[1] ?? 0);
  const end = Math.min(range?.[2] ? Number(range[2]) : size - 1, size - 1);
  response.writeHead(range ? 206 : 200, {
    ...azure(),
    'content-type': blob.type,
    'content-length': end - start + 1,
    'accept-ranges': 'bytes',
    ...(range && { 'content-range': `bytes ${start}-${end}/${size}` }),
    ...(blob.name && { 'content-disposition': `attachment; filename="${blob.name}"` }),
  });
  if (method === 'HEAD' || size === 0) response.end();
  else await pipeline(createReadStream(blob.file, { start, end }), response);
  return undefined;
}

function created(): Reply {
  return { status: 201, headers: azure() };
}

function azure(): Record<string, string> {
  return {
    'x-ms-request-id': randomUUID(),
    'x-ms-version': '2025-01-05',
    'x-ms-blob-type': 'BlockBlob',
    etag: `"${randomUUID()}"`,
    'last-modified': new Date().toUTCString(),
  };
}
