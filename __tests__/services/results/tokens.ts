import { sign, type KeyObject } from 'node:crypto';

/** `refs/heads/main` and what a job may do in that scope of the cache. */
export interface CacheScope {
  readonly scope: string;
  readonly writable: boolean;
}

const READ = 1;
const WRITE = 2;

/**
 * The job's token as the runner hands it over. Clients decode `scp` for the run and the job; the
 * service takes the cache scopes out of `ac`, in the order in which they are searched. Nobody
 * checks the signature.
 */
export function runtimeToken(run: string, job: string, scopes: readonly CacheScope[]): string {
  return encode({ alg: 'HS256', typ: 'JWT' }, 'c2ln', {
    scp: `Actions.Example Actions.Results:${run}:${job}`,
    exp: Math.floor(Date.now() / 1000) + 3600,
    ac: JSON.stringify(
      scopes.map(({ scope, writable }) => ({
        Scope: scope,
        Permission: writable ? READ | WRITE : READ,
      })),
    ),
  });
}

export function scopesOf(authorization: string | undefined): readonly CacheScope[] | undefined {
  try {
    const payload = authorization?.split('.')[1] ?? '';
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { ac: string };
    const scopes = JSON.parse(claims.ac) as { Scope: string; Permission: number }[];
    return scopes.map(({ Scope, Permission }) => ({
      scope: Scope,
      writable: (Permission & WRITE) !== 0,
    }));
  } catch {
    return undefined;
  }
}

/** An OpenID Connect token for `audience`, signed by `key`. */
export function identityToken(key: KeyObject, claims: Readonly<Record<string, unknown>>): string {
  const unsigned = encode({ alg: 'RS256', typ: 'JWT', kid: 'stand-in' }, undefined, claims);
  const signature = sign('RSA-SHA256', Buffer.from(unsigned), key).toString('base64url');
  return `${unsigned}.${signature}`;
}

function encode(header: unknown, signature: string | undefined, claims: unknown): string {
  const parts = [header, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  return [...parts, ...(signature === undefined ? [] : [signature])].join('.');
}
