import { open, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHash } from 'node:crypto';
import { EnvironmentError, messageOf } from '../errors.ts';
import type { Log } from '../runner/ports.ts';
import type { Digest } from '../store/digest.ts';

const ATTEMPTS = 3;
const BACK_OFF_MS = 1000;

/** A server that says nothing for so long says nothing any more. */
const STALL_MS = 60_000;

/** What another attempt may mend. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

interface Options {
  readonly log: Log;
  readonly cancelled: AbortSignal;
}

/**
 * Streams what a URL names into a new file, and hashes it on the way.
 * @throws EnvironmentError where it cannot be had; then there is no file.
 */
export async function download(url: string, destination: string, options: Options) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptOf(url, destination, options);
    } catch (thrown) {
      await rm(destination, { force: true });
      options.cancelled.throwIfAborted();
      if (thrown instanceof EnvironmentError) throw thrown;
      if (attempt === ATTEMPTS) throw unreachable(url, thrown);
      options.log.warning(`${url}: ${reasonOf(thrown)}; once more`);
      await sleep(BACK_OFF_MS * 4 ** (attempt - 1), undefined, { signal: options.cancelled });
    }
  }
}

async function attemptOf(
  url: string,
  destination: string,
  { log, cancelled }: Options,
): Promise<Digest> {
  const stalled = new AbortController();
  const patience = setTimeout(() => {
    stalled.abort(new Error(`nothing came for ${STALL_MS / 1000} s`));
  }, STALL_MS);
  const file = await open(destination, 'wx');
  try {
    const response = await fetch(url, { signal: AbortSignal.any([cancelled, stalled.signal]) });
    if (PASSING.has(response.status)) throw new Error(`the server answers ${response.status}`);
    if (!response.ok || !response.body) throw refused(url, response.status);
    const total = Number(response.headers.get('content-length') ?? 0);
    const hash = createHash('sha256');
    let done = 0;
    for await (const piece of response.body as AsyncIterable<Uint8Array>) {
      patience.refresh();
      hash.update(piece);
      await file.writeFile(piece);
      done += piece.length;
      if (total > 0) log.progress(`Fetching ${url}`, done, total);
    }
    await file.sync();
    return `sha256:${hash.digest('hex')}`;
  } finally {
    clearTimeout(patience);
    await file.close();
  }
}

function refused(url: string, status: number): EnvironmentError {
  return new EnvironmentError(`${url} cannot be fetched: the server answers ${status}`, {
    hint: 'Correct the address, or fetch the file yourself and name its path instead.',
  });
}

function unreachable(url: string, thrown: unknown): EnvironmentError {
  return new EnvironmentError(`${url} cannot be reached: ${reasonOf(thrown)}`, {
    hint: "Without a network, name a path instead, or keep the file in the machine's cache or the store.",
    cause: thrown,
  });
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return messageOf(cause ?? thrown);
}
