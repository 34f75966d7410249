import type { ClientRequest } from 'node:http';

export interface Limits {
  /** A body that moves slower than `minimum` bytes in so many milliseconds is given up. */
  readonly windowMs: number;
  readonly minimum: number;
  /** How long a server may take from the last byte of the question to the end of its headers. */
  readonly answerMs: number;
}

/**
 * As Git has it: less than 1000 bytes a second for a minute is a dead connection. A registry that
 * assembles or hashes a blob of gigabytes says nothing meanwhile.
 */
export const LIMITS: Limits = { windowMs: 60_000, minimum: 60_000, answerMs: 10 * 60_000 };

/**
 * Ends a request that stalls: it does not connect, does not take the body, does not answer, or
 * drips. Returns what ends the watch.
 */
export function watch(request: ClientRequest, limits: Limits): () => void {
  const { windowMs, minimum, answerMs } = limits;
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const patience = reads ? windowMs : answerMs;
  let answered = false;
  let before = { phase: 'sending', moved: 0 };
  let waited = 0;
  request.once('response', () => (answered = true));
  const timer = setInterval(() => {
    const { socket } = request;
    const moved = socket ? socket.bytesRead + socket.bytesWritten : 0;
    const phase = answered ? 'receiving' : request.writableFinished ? 'waiting' : 'sending';
    // Of a phase that began within the window nothing can be said yet.
    const judged = phase === before.phase;
    waited = phase === 'waiting' ? waited + windowMs : 0;
    const stalled = phase === 'waiting' ? waited > patience : moved - before.moved < minimum;
    if (judged && stalled) (socket ?? request).destroy(new Stalled());
    before = { phase, moved };
  }, windowMs);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

export class Stalled extends Error {
  readonly code = 'ESTALLED';

  constructor() {
    super('the connection stalled');
  }
}
