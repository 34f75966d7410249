import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One HTTP call as a stand-in sees it. */
export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A body that is neither text nor bytes is sent as JSON. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answered instead of the stand-in, `times` times, to calls whose `METHOD /path` matches. */
export interface Fault extends Reply {
  readonly on: RegExp;
  readonly times?: number;
}

export interface Service {
  /** Origin without a trailing slash. */
  readonly url: string;
  /** Every call so far, as `METHOD /path`. */
  readonly calls: readonly string[];
  fail(fault: Fault): void;
  /** Told of every call from now on. */
  listen(listener: (call: Call) => void): void;
  close(): Promise<void>;
}

/** Undefined: the handler wrote the response itself. */
export type Handler = (call: Call) => Promise<Reply | undefined>;

/** Serves `handle` on a free port of the loopback address. */
export async function serve(handle: Handler): Promise<Service> {
  const calls: string[] = [];
  const listeners: ((call: Call) => void)[] = [];
  const faults: { fault: Fault; left: number }[] = [];
  const server = createServer((request, response) => {
    const method = request.method ?? 'GET';
    const call = { method, url: new URL(request.url ?? '/', url), request, response };
    const line = `${method} ${call.url.pathname}`;
    calls.push(line);
    for (const listener of listeners) listener(call);
    const hit = faults.find(({ fault, left }) => left > 0 && fault.on.test(line));
    if (hit) hit.left -= 1;
    const answer = hit ? discard(request).then(() => hit.fault) : handle(call);
    answer.then(
      (reply) => {
        if (reply) send(response, reply);
      },
      (thrown: unknown) => {
        if (response.headersSent) response.destroy();
        else send(response, { status: 500, body: { message: String(thrown) } });
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    calls,
    fail: (fault) => faults.push({ fault, left: fault.times ?? 1 }),
    listen: (listener) => listeners.push(listener),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  const json = body !== undefined && typeof body !== 'string' && !Buffer.isBuffer(body);
  const type = json ? { 'content-type': 'application/json; charset=utf-8' } : {};
  response.writeHead(status, { ...type, ...headers }).end(json ? JSON.stringify(body) : body);
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const body = await readBody(request);
  return body.length === 0 ? {} : (JSON.parse(body.toString('utf8')) as Record<string, unknown>);
}

/** A client that is still sending would see a broken pipe instead of the answer. */
async function discard(request: IncomingMessage): Promise<void> {
  request.resume();
  if (!request.readableEnded) await once(request, 'end');
}
