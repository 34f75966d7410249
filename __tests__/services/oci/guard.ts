import type { Call, Reply } from '../http.ts';

/** Who may do what: nothing that is not here. */
export interface Guard {
  readonly scheme: 'basic' | 'bearer';
  /** `login:password` -> what it may do everywhere. */
  readonly accounts: Readonly<Record<string, readonly ('pull' | 'push' | 'delete')[]>>;
  /** How long a token is said to live, in seconds. */
  readonly tokenLife?: number;
}

/** Answers instead of the registry where the call is not allowed, and serves tokens at /token. */
export function guard(rules: Guard | undefined, call: Call): Promise<Reply | undefined> {
  return Promise.resolve(
    rules && (rules.scheme === 'basic' ? basic(rules, call) : bearer(rules, call)),
  );
}

const denied: Reply = {
  status: 403,
  body: { errors: [{ code: 'DENIED', message: 'requested access to the resource is denied' }] },
};

function basic({ accounts }: Guard, call: Call): Reply | undefined {
  const allowed = accounts[accountOf(call)];
  if (!allowed) return challenge('Basic realm="registry"');
  return allowed.includes(need(call)) ? undefined : denied;
}

/** The Docker token flow: https://distribution.github.io/distribution/spec/auth/token/ */
function bearer({ accounts, tokenLife = 300 }: Guard, call: Call): Reply | undefined {
  const { url, request } = call;
  if (url.pathname === '/token') {
    const account = accountOf(call);
    if (!accounts[account]) return { status: 401, body: { errors: [{ code: 'UNAUTHORIZED' }] } };
    const scopes = url.searchParams.getAll('scope').join(' ');
    const token = Buffer.from(JSON.stringify({ account, scopes })).toString('base64url');
    return { status: 200, body: { token, expires_in: tokenLife } };
  }
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const repository =
    /^\/v2\/(.+)\/(?:blobs|manifests|tags|referrers)\//.exec(url.pathname)?.[1] ?? '';
  const wanted = challenge(
    `Bearer realm="http://${request.headers.host ?? ''}/token",service="registry",scope="repository:${repository}:pull"`,
  );
  if (given === undefined) return wanted;
  const { account, scopes } = JSON.parse(Buffer.from(given, 'base64url').toString()) as {
    account: string;
    scopes: string;
  };
  const scope = scopes.split(' ').find((each) => each.startsWith(`repository:${repository}:`));
  if (!scope?.split(':')[2]?.split(',').includes(need(call))) return wanted;
  return accounts[account]?.includes(need(call)) ? undefined : denied;
}

function challenge(text: string): Reply {
  return {
    status: 401,
    headers: { 'www-authenticate': text },
    body: { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] },
  };
}

function need({ method }: Call): 'pull' | 'push' | 'delete' {
  if (method === 'DELETE') return 'delete';
  return method === 'GET' || method === 'HEAD' ? 'pull' : 'push';
}

function accountOf({ request }: Call): string {
  const text = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  return Buffer.from(text, 'base64').toString();
}
