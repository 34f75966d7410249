import { once } from 'node:events';
import { request as http, type IncomingMessage } from 'node:http';
import { Transform, type TransformCallback } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve, type Call, type Reply, type Service } from './http.ts';

export const FAULTS = [
  'answer 429',
  'answer 500',
  'answer 401',
  'redirect elsewhere',
  'cut the request',
  'corrupt the request',
  'lose the answer',
  'cut the answer',
  'corrupt the answer',
  'shorten the answer',
  'lengthen the answer',
  'lie about the digest',
  'drip',
  'say nothing',
  'delay',
] as const;
export type FaultKind = (typeof FAULTS)[number];

export interface FaultProxy extends Service {
  /** How many of the requests meet a fault, from 0 (as at first) to 1. */
  set(probability: number): void;
  /** How often each fault was injected. */
  readonly injected: Readonly<Record<FaultKind, number>>;
  /** The `authorization` headers that the host elsewhere was sent; there should be none. */
  readonly stolen: readonly string[];
}

/** Stands between a client and the registry at `target` (an origin), and does what `next` says. */
export async function startFaultProxy(target: string, next: () => number): Promise<FaultProxy> {
  const injected = Object.fromEntries(FAULTS.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  const stolen: string[] = [];
  const elsewhere = await serve(({ request }) => {
    if (request.headers.authorization !== undefined) stolen.push(request.headers.authorization);
    return Promise.resolve({ status: 200, body: 'not what you asked for' });
  });
  const chance = { probability: 0 };
  const deal = dealer(FAULTS, next);
  const service = await serve(async (call) => {
    const kind = next() < chance.probability ? deal() : undefined;
    if (kind) injected[kind] += 1;
    const reply = kind && (await answer(kind, call, elsewhere.url));
    if (reply) return reply;
    await forward(call, target, kind, next);
    return undefined;
  });
  const close = async () => {
    await service.close();
    await elsewhere.close();
  };
  const set = (probability: number) => (chance.probability = probability);
  return { ...service, close, set, injected, stolen };
}

/**
 * Deals in a random order, and all before any again: requests come in an order that no seed
 * decides, so that drawing each time would miss a kind now and then.
 */
function dealer<Kind>(kinds: readonly Kind[], next: () => number): () => Kind {
  let left: Kind[] = [];
  return () => {
    if (left.length === 0) left = [...kinds];
    return left.splice(Math.floor(next() * left.length), 1)[0]!;
  };
}

/** Faults that the registry never hears of. */
async function answer(kind: FaultKind, call: Call, elsewhere: string): Promise<Reply | undefined> {
  if (kind === 'delay') await sleep(20);
  if (kind === 'say nothing') await once(call.request.socket, 'close');
  const reads = call.method === 'GET' || call.method === 'HEAD';
  if (kind === 'answer 401') {
    call.request.resume();
    return { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
  }
  if (kind === 'answer 429') return { status: 429, headers: { 'retry-after': '0' } };
  if (kind === 'answer 500') return { status: 500 };
  if (kind === 'redirect elsewhere' && reads) {
    return { status: 307, headers: { location: `${elsewhere}/blob` } };
  }
  return undefined;
}

async function forward(
  { method, request, response }: Call,
  target: string,
  kind: FaultKind | undefined,
  next: () => number,
): Promise<void> {
  const upstream = http(new URL(request.url ?? '/', target), { method, headers: request.headers });
  const length = Number(request.headers['content-length'] ?? 0);
  upstream.on('error', () => response.destroy());
  request.on('error', () => upstream.destroy());
  response.on('error', () => upstream.destroy());
  if (length === 0) upstream.end();
  else request.pipe(damage(kind, 'request', length, next, () => request.destroy())).pipe(upstream);
  const [heard] = (await once(upstream, 'response').catch(() => [undefined])) as [
    IncomingMessage | undefined,
  ];
  if (!heard) return void response.destroy();
  heard.on('error', () => response.destroy());
  if (kind === 'lose the answer') {
    heard.resume();
    await once(heard, 'end').catch(() => undefined);
    return void response.destroy();
  }
  const size = Number(heard.headers['content-length'] ?? 0);
  response.writeHead(heard.statusCode ?? 500, headersOf(heard, kind, method === 'HEAD'));
  const end = () => response.destroy();
  if (kind === 'drip' && method === 'GET') return drip(response);
  heard.pipe(damage(kind, 'answer', size, next, end)).pipe(response);
}

function headersOf({ headers }: IncomingMessage, kind: FaultKind | undefined, head: boolean) {
  const changed = { ...headers };
  if (kind === 'lie about the digest')
    changed['docker-content-digest'] = `sha256:${'0'.repeat(64)}`;
  // A proxy that changes the length says so, or the client would see a broken connection.
  const resized = kind === 'shorten the answer' || kind === 'lengthen the answer';
  if (resized && !head) delete changed['content-length'];
  return changed;
}

async function drip(response: Call['response']): Promise<void> {
  while (!response.destroyed) {
    response.write('x');
    await sleep(40);
  }
}

function damage(
  kind: FaultKind | undefined,
  where: 'request' | 'answer',
  length: number,
  next: () => number,
  cut: () => void,
): Transform {
  const at = Math.floor(next() * length);
  let seen = 0;
  return new Transform({
    transform(piece: Buffer, _encoding, done: TransformCallback) {
      const inside = at >= seen && at < seen + piece.length;
      const offset = at - seen;
      seen += piece.length;
      if (inside && kind === `cut the ${where}`) {
        this.push(piece.subarray(0, offset));
        setTimeout(cut, 5);
        return;
      }
      if (kind === 'shorten the answer' && where === 'answer' && seen > at) {
        done(null, inside ? piece.subarray(0, offset) : null);
        return;
      }
      const copy = Buffer.from(piece);
      if (inside && kind === `corrupt the ${where}`) copy[offset] = (copy[offset] ?? 0) ^ 0xff;
      done(null, copy);
    },
    flush(done) {
      done(null, kind === 'lengthen the answer' && where === 'answer' ? Buffer.from('more') : null);
    },
  });
}
