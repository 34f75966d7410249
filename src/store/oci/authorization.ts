import { z } from 'zod';
import { EnvironmentError, UserError } from '../../errors.ts';
import type { Credentials } from './credentials.ts';
import { exchange, readAll, type Request } from './http.ts';
import type { Limits } from './stall.ts';

/** A token is a few kilobytes of base64. */
const MAX_ANSWER = 256 * 1024;
/** Renewed before it ends, so that it does not end on the way. */
const EARLY_MS = 10_000;
/** Where the server does not say; the Docker token specification's default. */
const DEFAULT_LIFE_MS = 60_000;

export interface Challenge {
  readonly scheme: 'basic' | 'bearer';
  readonly parameters: Readonly<Record<string, string>>;
}

/** RFC 9110, 11.6.1; the first scheme that we speak. */
export function parseChallenge(header: string): Challenge | undefined {
  const found = /(?:^|,\s*)(?<scheme>bearer|basic)\b(?<rest>.*)/i.exec(header)?.groups;
  if (found?.scheme === undefined) return undefined;
  const parameters: Record<string, string> = {};
  const pairs = /([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi;
  for (const [, name = '', quoted, plain] of (found.rest ?? '').matchAll(pairs)) {
    parameters[name.toLowerCase()] ??= quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '';
  }
  return { scheme: found.scheme.toLowerCase() === 'basic' ? 'basic' : 'bearer', parameters };
}

const tokenSchema = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().positive().optional(),
});

/**
 * Proves who we are to one registry: Basic, or the Docker token flow of ghcr.io and most others. A
 * header is given out for requests to the registry itself and for no other host.
 */
export class Authorization {
  readonly #registry: URL;
  readonly #find: () => Promise<Credentials | undefined>;
  readonly #limits: Limits;
  /** By what it allows: the scopes, or `basic`. */
  readonly #headers = new Map<string, { readonly header: string; readonly until: number }>();

  constructor(origin: string, find: () => Promise<Credentials | undefined>, limits: Limits) {
    this.#registry = new URL(origin);
    this.#find = find;
    this.#limits = limits;
  }

  /** What was found out for `scope` before; undefined where the registry was not asked yet. */
  known(scope: string): string | undefined {
    const found = this.#headers.get(scope) ?? this.#headers.get('basic');
    return found && found.until > Date.now() ? found.header : undefined;
  }

  /** Who asks, for a message: the registry saw this name, and no password is in it. */
  async who(): Promise<string> {
    const credentials = await this.#find();
    if (!credentials) return 'anonymous';
    return 'username' in credentials ? credentials.username : 'the identity token';
  }

  /**
   * Answers a 401. Returns the header to try again with; undefined where there is nothing to try.
   * @throws UserError where the token server refuses.
   */
  async answer(header: string | undefined, scope: string): Promise<string | undefined> {
    const challenge = parseChallenge(header ?? '');
    this.#headers.delete(scope);
    if (challenge?.scheme === 'basic') {
      const credentials = await this.#find();
      if (!credentials || 'identityToken' in credentials) return undefined;
      return this.#remember('basic', basic(credentials), Infinity);
    }
    const { realm, service } = challenge?.parameters ?? {};
    if (realm === undefined) return undefined;
    const { token, life } = await this.#fetchToken(this.#realm(realm), service, scope);
    return this.#remember(scope, `Bearer ${token}`, Date.now() + life - EARLY_MS);
  }

  #remember(key: string, header: string, until: number): string {
    this.#headers.set(key, { header, until });
    return header;
  }

  /** Credentials go where the registry says, but never in the clear where it speaks TLS itself. */
  #realm(text: string): URL {
    const realm = URL.canParse(text) ? new URL(text) : undefined;
    const sound =
      realm &&
      (realm.protocol === 'https:' ||
        (realm.protocol === 'http:' && this.#registry.protocol === 'http:'));
    if (sound) return realm;
    throw new EnvironmentError(`${this.#registry.host} sends for a token to '${text}'`, {
      hint: 'Credentials are sent over HTTPS only: look at the registry and what stands before it.',
    });
  }

  async #fetchToken(realm: URL, service: string | undefined, scope: string) {
    const credentials = await this.#find();
    const response = await exchange(tokenRequest(realm, service, scope, credentials), this.#limits);
    const body = await readAll(response, MAX_ANSWER);
    if (response.status !== 200) throw await this.#refused(realm, response.status);
    const parsed = tokenSchema.safeParse(parseJson(body));
    const token = parsed.data?.token ?? parsed.data?.access_token;
    // What is no token68 would end up as another header.
    if (token !== undefined && /^[\x21-\x7e]+$/.test(token)) {
      const seconds = parsed.data?.expires_in;
      return { token, life: seconds === undefined ? DEFAULT_LIFE_MS : seconds * 1000 };
    }
    throw new EnvironmentError(`${realm.host} answers with no token`, {
      hint: 'Look at the token server of the registry.',
    });
  }

  async #refused(realm: URL, status: number): Promise<UserError> {
    const who = await this.who();
    return status >= 500 || status === 429
      ? new TokenServerBusy(realm.host, status)
      : new UserError(
          `${realm.host} gives ${who} no token for ${this.#registry.host} (${status})`,
          {
            hint: `Log in first: docker login ${this.#registry.host}; in a workflow, store-username and store-password.`,
          },
        );
  }
}

/** Worth another try. */
export class TokenServerBusy extends EnvironmentError {
  constructor(host: string, status: number) {
    super(`${host} gives no token at the moment (${status})`, { hint: 'Try again later.' });
  }
}

function tokenRequest(
  realm: URL,
  service: string | undefined,
  scope: string,
  credentials: Credentials | undefined,
): Request {
  const scopes = scope.split(' ');
  if (credentials && 'identityToken' in credentials) {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: credentials.identityToken,
      client_id: 'model-ci',
      scope,
      ...(service !== undefined && { service }),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', url: realm, headers, body: Buffer.from(form.toString()) };
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const each of scopes) url.searchParams.append('scope', each);
  return {
    method: 'GET',
    url,
    ...(credentials && { headers: { authorization: basic(credentials) } }),
  };
}

function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
