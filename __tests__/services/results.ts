import { generateKeyPairSync } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { readJson, serve, type Call, type Reply, type Service } from './http.ts';
import { ArtifactService, type Artifact } from './results/artifact-service.ts';
import { Blobs } from './results/blobs.ts';
import { CacheService, type CacheEntry } from './results/cache-service.ts';
import { identityToken, runtimeToken, scopesOf, type CacheScope } from './results/tokens.ts';
import { TwirpError } from './results/twirp.ts';

export interface JobIdentity {
  readonly run?: string;
  readonly job?: string;
  /** The scopes that the job may search, in that order; its own ref first. */
  readonly scopes?: readonly CacheScope[];
}

/** The service behind ACTIONS_RESULTS_URL: cache, artifacts, their blobs, and identity tokens. */
export interface ResultsService extends Service {
  readonly cacheEntries: readonly CacheEntry[];
  readonly artifacts: readonly Artifact[];
  /** The variables that point a job at this service. */
  environment(identity?: JobIdentity): Record<string, string>;
}

const TWIRP = /^\/twirp\/github\.actions\.results\.api\.v1\.(CacheService|ArtifactService)\/(\w+)$/;
const ON_MAIN: readonly CacheScope[] = [{ scope: 'refs/heads/main', writable: true }];

const WORKFLOW = 'acme/digits/.github/workflows/register.yml@refs/tags/digits@v0.1.0';

/** What GitHub says of a job, at GitHub's own address: tests redirect it here. */
const WORKFLOW_CLAIMS = {
  iss: 'https://token.actions.githubusercontent.com',
  sub: `https://github.com/${WORKFLOW}`,
  ref: 'refs/tags/digits@v0.1.0',
  sha: '0'.repeat(40),
  repository: 'acme/digits',
  event_name: 'push',
  job_workflow_ref: WORKFLOW,
  workflow_ref: WORKFLOW,
  repository_id: '1',
  repository_owner_id: '2',
  runner_environment: 'self-hosted',
  run_id: '11',
  run_attempt: '1',
};

/** Starts the stand-in; blobs are kept in `folder`. */
export async function startResults(folder: string): Promise<ResultsService> {
  await mkdir(folder, { recursive: true });
  const blobs = new Blobs(folder);
  const origin = () => service.url;
  const cache = new CacheService(blobs, origin);
  const artifacts = new ArtifactService(blobs, origin);
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

  const handle = async (call: Call): Promise<Reply | undefined> => {
    const { pathname, searchParams } = call.url;
    const [, name, method = ''] = TWIRP.exec(pathname) ?? [];
    if (name) {
      return await twirp(call, (name === 'CacheService' ? cache : artifacts).rpc[method]);
    }
    if (pathname.startsWith('/blob/')) return await blobs.handle(call);
    if (pathname === '/identity') {
      const now = Math.floor(Date.now() / 1000);
      const times = { iat: now, nbf: now, exp: now + 300 };
      const claims = { ...WORKFLOW_CLAIMS, ...times, aud: searchParams.get('audience') };
      return { status: 200, body: { value: identityToken(privateKey, claims) } };
    }
    if (pathname === '/.well-known/openid-configuration') {
      const jwks_uri = `${WORKFLOW_CLAIMS.iss}/.well-known/jwks`;
      return { status: 200, body: { issuer: WORKFLOW_CLAIMS.iss, jwks_uri } };
    }
    if (pathname === '/.well-known/jwks') {
      const key = publicKey.export({ format: 'jwk' });
      return { status: 200, body: { keys: [{ ...key, kid: 'stand-in', alg: 'RS256' }] } };
    }
    return { status: 404, body: { code: 'bad_route', msg: pathname } };
  };

  const service = await serve(handle);
  return {
    ...service,
    cacheEntries: cache.entries,
    artifacts: artifacts.artifacts,
    environment: ({ run = 'run-1', job = 'job-1', scopes = ON_MAIN } = {}) => ({
      ACTIONS_RESULTS_URL: `${service.url}/`,
      ACTIONS_RUNTIME_URL: `${service.url}/`,
      ACTIONS_CACHE_SERVICE_V2: 'true',
      ACTIONS_RUNTIME_TOKEN: runtimeToken(run, job, scopes),
      ACTIONS_ID_TOKEN_REQUEST_URL: `${service.url}/identity?version=1`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
    }),
  };
}

async function twirp(
  { request }: Call,
  method: CacheService['rpc'][string] | undefined,
): Promise<Reply> {
  const scopes = scopesOf(request.headers.authorization);
  if (!scopes) return { status: 401, body: { code: 'unauthenticated', msg: 'bad token' } };
  if (!method) return { status: 404, body: { code: 'bad_route', msg: 'no such method' } };
  try {
    return { status: 200, body: method(await readJson(request), scopes) };
  } catch (thrown) {
    if (!(thrown instanceof TwirpError)) throw thrown;
    return { status: thrown.status, body: { code: thrown.code, msg: thrown.message } };
  }
}
