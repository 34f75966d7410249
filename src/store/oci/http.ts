import { Agent as HttpAgent, request as http, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as https } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { watch, type Limits } from './stall.ts';

/** What is sent: bytes, or a stream that can be opened again for another attempt. */
export type Body = Buffer | { readonly length: number; readonly open: () => Readable };

export interface Request {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body | undefined;
}

export interface Response {
  readonly status: number;
  /** Names in lower case; the first value where there are several. */
  readonly header: (name: string) => string | undefined;
  readonly url: URL;
  /** To be read to its end or destroyed. */
  readonly body: IncomingMessage;
}

const agents = {
  'http:': new HttpAgent({ keepAlive: true }),
  'https:': new HttpsAgent({ keepAlive: true }),
};

/** One exchange, as it is: no retry, no redirect. Rejects where the connection fails or stalls. */
export function exchange(asked: Request, limits: Limits): Promise<Response> {
  const { url, method, body } = asked;
  const length =
    body === undefined ? (method === 'GET' || method === 'HEAD' ? undefined : 0) : body.length;
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'http:' ? http : https;
    const request = send(url, {
      method,
      agent: url.protocol === 'http:' ? agents['http:'] : agents['https:'],
      headers: {
        'user-agent': 'model-ci',
        ...(length !== undefined && { 'content-length': length }),
        ...asked.headers,
      },
    });
    const stop = watch(request, limits);
    request.on('error', (thrown) => {
      stop();
      reject(thrown);
    });
    request.on('response', (answer) => {
      answer.on('close', stop);
      // Read by whoever asked; an error before that must not end the process.
      answer.on('error', () => undefined);
      const header = (name: string) => {
        const value = answer.headers[name];
        return Array.isArray(value) ? value[0] : value;
      };
      resolve({ status: answer.statusCode ?? 0, header, url, body: answer });
    });
    if (body === undefined || Buffer.isBuffer(body)) request.end(body);
    // A server that has heard enough answers and closes; its answer then says why.
    else
      pipeline(body.open(), request).catch((thrown: unknown) => request.destroy(asError(thrown)));
  });
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** A small body as a whole. @throws Error where it is larger than `limit`. */
export async function readAll({ body }: Response, limit: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > limit) {
      body.destroy();
      throw new TooLong(limit);
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

export class TooLong extends Error {
  constructor(limit: number) {
    super(`the answer is longer than ${limit} bytes`);
  }
}
