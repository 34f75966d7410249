import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, UserError } from '../../errors.ts';
import { Authorization, TokenServerBusy } from './authorization.ts';
import type { FindCredentials } from './credentials.ts';
import { exchange, readAll, type Body, type Request, type Response } from './http.ts';
import type { OciPlace } from './place.ts';
import { refusal, RegistryRefusal, unreachable } from './refusal.ts';
import { LIMITS, type Limits } from './stall.ts';

const ATTEMPTS = 6;
const FIRST_DELAY_MS = 500;
/** A registry that wants more patience than this is down for a job. */
const MAX_DELAY_MS = 60_000;
const MAX_REDIRECTS = 5;
/** Challenges to one request: an old token, then one scope too few. */
const MAX_CHALLENGES = 2;
const MAX_ERROR_BYTES = 64 * 1024;

export interface ClientOptions {
  readonly credentials: FindCredentials;
  readonly limits?: Limits;
  /** Of the first pause before another attempt; each later one is twice as long. */
  readonly firstDelayMs?: number;
}

export interface Call {
  readonly method: Request['method'];
  /** `/blobs/sha256:...` below the repository, or an address that the registry gave. */
  readonly to: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  /** What is an answer; anything else is thrown. */
  readonly expect: readonly number[];
  /** What the token must allow, besides reading and perhaps writing this repository. */
  readonly scopes?: readonly string[];
}

/** One repository of a registry, over the OCI distribution specification 1.1. */
export class RegistryClient {
  readonly place: OciPlace;
  readonly #options: ClientOptions;
  readonly #authorization: Authorization;
  readonly limits: Limits;

  constructor(place: OciPlace, options: ClientOptions, authorization?: Authorization) {
    this.place = place;
    this.#options = options;
    this.limits = options.limits ?? LIMITS;
    this.#authorization =
      authorization ??
      new Authorization(
        place.origin,
        once(() => options.credentials(place.host)),
        this.limits,
      );
  }

  /** The same registry's other repository, with the same credentials. */
  sibling(repository: string): RegistryClient {
    return new RegistryClient({ ...this.place, repository }, this.#options, this.#authorization);
  }

  scope(actions: 'pull' | 'pull,push' | 'delete' | 'pull,push,delete'): string {
    return `repository:${this.place.repository}:${actions}`;
  }

  /**
   * Sends until the registry answers with one of `expect`: with a token where it wants one, along
   * redirects, and again after what is known to pass.
   * @throws UserError where the registry says no, EnvironmentError where it does not say anything.
   */
  send(call: Call): Promise<Response> {
    return this.#retried(() => this.sendOnce(call));
  }

  /** `send`, and the body as a whole. @throws TooLong where it is longer than `limit`. */
  fetch(
    call: Call,
    limit: number,
  ): Promise<{ readonly response: Response; readonly bytes: Buffer }> {
    return this.#retried(async () => {
      const response = await this.sendOnce(call);
      return { response, bytes: await readAll(response, limit) };
    });
  }

  async #retried<T>(body: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await body();
      } catch (thrown) {
        if (!isPassing(thrown)) throw thrown;
        if (attempt >= ATTEMPTS) throw this.givenUp(thrown);
        await this.pause(attempt, thrown);
      }
    }
  }

  /** The same without another attempt, for what leaves something behind when it fails. */
  async sendOnce(call: Call): Promise<Response> {
    const response = await this.#authorized(call);
    if (call.expect.includes(response.status)) return response;
    const text = await readAll(response, MAX_ERROR_BYTES).catch(() => Buffer.alloc(0));
    const who = await this.#authorization.who();
    throw refusal({ place: this.place, method: call.method, response, text, who });
  }

  /** Waits before another attempt: longer each time, and as long as the registry asks for. */
  async pause(attempt: number, after: unknown): Promise<void> {
    const first = this.#options.firstDelayMs ?? FIRST_DELAY_MS;
    const wanted = after instanceof RegistryRefusal ? after.retryAfterMs : undefined;
    const delay = first * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
    await sleep(Math.min(wanted ?? delay, MAX_DELAY_MS));
  }

  /** What to say when no attempt is left. */
  givenUp(last: unknown): UserError {
    return last instanceof UserError ? last : unreachable(this.place.host, last);
  }

  /** An address that the registry gave, on its own host over TLS where the registry has TLS. */
  resolve(location: string | undefined, base: URL): URL {
    if (location === undefined || !URL.canParse(location, base.href)) {
      throw unreachable(this.place.host, new Error('it redirects to no address'));
    }
    const url = new URL(location, base);
    // A registry behind a proxy that ends TLS does not know that it should say https.
    if (url.hostname === base.hostname && base.protocol === 'https:') url.protocol = 'https:';
    if (url.protocol === 'https:' || (url.protocol === 'http:' && base.protocol === 'http:')) {
      return url;
    }
    throw unreachable(this.place.host, new Error(`it redirects from HTTPS to ${url.protocol}`));
  }

  #url(to: string | URL): URL {
    if (to instanceof URL) return to;
    return new URL(`${this.place.origin}/v2/${this.place.repository}${to}`);
  }

  async #authorized(call: Call): Promise<Response> {
    const writes = call.method !== 'GET' && call.method !== 'HEAD';
    const actions = call.method === 'DELETE' ? 'pull,push,delete' : writes ? 'pull,push' : 'pull';
    const scope = [this.scope(actions), ...(call.scopes ?? [])].join(' ');
    let header = this.#authorization.known(scope);
    for (let challenges = 0; ; challenges++) {
      const response = await this.#followed(call, header);
      if (response.status !== 401 || challenges === MAX_CHALLENGES) return response;
      // Only the registry's own word counts: who it sent us to may not ask for our credentials.
      if (response.url.origin !== this.place.origin) return response;
      header = await this.#authorization.answer(response.header('www-authenticate'), scope);
      if (header === undefined) return response;
      response.body.destroy();
    }
  }

  async #followed({ method, to, headers, body }: Call, header: string | undefined) {
    let url = this.#url(to);
    for (let redirects = 0; ; redirects++) {
      const ours = url.origin === this.place.origin;
      const authorization = ours && header !== undefined ? { authorization: header } : {};
      const asked = { method, url, headers: { ...headers, ...authorization }, body };
      const response = await exchange(asked, this.limits);
      if (!isRedirect(method, response.status)) return response;
      response.body.destroy();
      if (redirects === MAX_REDIRECTS) {
        throw unreachable(this.place.host, new Error('it redirects in a circle'));
      }
      url = this.resolve(response.header('location'), url);
    }
  }
}

/** Writes are repeated elsewhere only where the answer says that nothing was done. */
function isRedirect(method: Request['method'], status: number): boolean {
  if (status === 307 || status === 308) return true;
  return (method === 'GET' || method === 'HEAD') && [301, 302, 303].includes(status);
}

/** Connections that failed, as opposed to files that did, answers that say no, and bugs. */
const NETWORK =
  /^(?:ECONN(?:RESET|REFUSED|ABORTED)|EPIPE|ETIMEDOUT|ESTALLED|ENET(?:UNREACH|DOWN)|EHOST(?:UNREACH|DOWN)|ENOTFOUND|EAI_AGAIN|HPE_\w+|ERR_STREAM_PREMATURE_CLOSE)$/;

export function isPassing(thrown: unknown): boolean {
  if (thrown instanceof RegistryRefusal) return thrown.isPassing;
  return thrown instanceof TokenServerBusy || NETWORK.test(codeOf(thrown) ?? '');
}

function once<T>(find: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined;
  return () => (found ??= find());
}
