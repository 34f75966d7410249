import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { ApiError, permits, type Route, type Token } from './github/api.ts';
import { checkRoutes, type CheckRun } from './github/checks.ts';
import { attestationRoutes, type Attestation } from './github/attestations.ts';
import { issueRoutes, type Comment, type Issue } from './github/issues.ts';
import { organizationRoutes, peopleRoutes, type People } from './github/people.ts';
import { assetOf, releaseRoutes, type Release } from './github/releases.ts';
import { bareGit, repositoryRoutes } from './github/repository.ts';
import { downloadOf, runRoutes, type Pull, type RunArtifact } from './github/runs.ts';
import { bareFolder, smartHttp } from './github/smart-http.ts';
import { readJson, serve, type Call, type Reply, type Service } from './http.ts';

export type { Token } from './github/api.ts';

export interface GitHubOptions {
  /** `owner/name`. */
  readonly repository: string;
  /** Who may do what, by token. */
  readonly tokens: Readonly<Record<string, Token>>;
  /** Nobody by default; a test may change them. */
  readonly people?: People;
}

/** GitHub's REST API and its Git over HTTP, for one repository that really is one. */
export interface GitHub extends Service {
  /** The bare repository on disk. */
  readonly folder: string;
  readonly comments: readonly Comment[];
  readonly checkRuns: readonly CheckRun[];
  readonly issues: readonly Issue[];
  readonly releases: readonly Release[];
  /** The bytes of the assets of releases, by their ids. */
  readonly assets: Map<number, Buffer>;
  readonly attestations: Attestation[];
  /** Filled by the test. */
  readonly pulls: Pull[];
  readonly artifacts: RunArtifact[];
  /** The address to push to, with the token in it. */
  remote(token: string): string;
  /** Git in the bare repository; undefined where Git says no. */
  git(...arguments_: readonly string[]): Promise<string | undefined>;
}

/** Starts the stand-in with an empty repository under `root`. */
export async function startGitHub(
  root: string,
  { repository, tokens, people = { teams: {}, permissions: {}, reviews: [] } }: GitHubOptions,
): Promise<GitHub> {
  const folder = bareFolder(root, repository);
  await mkdir(folder, { recursive: true });
  await promisify(execFile)('git', ['init', '-q', '--bare', '-b', 'main', folder]);
  await bareGit(folder, 'config', 'http.receivepack', 'true');
  const comments: Comment[] = [];
  const checkRuns: CheckRun[] = [];
  const issues: Issue[] = [];
  const releases: Release[] = [];
  const assets = new Map<number, Buffer>();
  const attestations: Attestation[] = [];
  const pulls: Pull[] = [];
  const artifacts: RunArtifact[] = [];
  const routes = [
    ...runRoutes(pulls, artifacts),
    ...issueRoutes(comments, issues),
    ...checkRoutes(checkRuns),
    ...releaseRoutes(releases, assets),
    ...attestationRoutes(attestations),
    ...repositoryRoutes(folder),
    ...peopleRoutes(people),
  ];
  const roots = { [`/repos/${repository}/`]: routes, '/orgs/': organizationRoutes(people) };
  const handle = async (call: Call): Promise<Reply | undefined> => {
    const download = downloadOf(call, artifacts) ?? assetOf(call, assets);
    if (download) return download;
    const token = tokens[tokenOf(call)];
    if (call.url.pathname.startsWith(`/${repository}.git/`)) {
      return await smartHttp(call, root, token);
    }
    return await api(call, roots, token);
  };
  const service = await serve(handle);
  return {
    ...service,
    folder,
    comments,
    checkRuns,
    issues,
    releases,
    assets,
    attestations,
    pulls,
    artifacts,
    remote: (token) =>
      `${service.url.replace('//', `//x-access-token:${token}@`)}/${repository}.git`,
    git: (...arguments_) => bareGit(folder, ...arguments_),
  };
}

async function api(
  call: Call,
  roots: Readonly<Record<string, readonly Route[]>>,
  token: Token | undefined,
): Promise<Reply> {
  try {
    if (!token) throw new ApiError(401, 'Bad credentials');
    const path = decodeURIComponent(call.url.pathname);
    const [root = '', routes = []] =
      Object.entries(roots).find(([prefix]) => path.startsWith(prefix)) ?? [];
    const rest = path.slice(root.length);
    const route = routes.find(
      (candidate) => candidate.method === call.method && candidate.path.test(rest),
    );
    if (!route) throw new ApiError(404, 'Not Found');
    if (!permits(token, route)) throw new ApiError(403, 'Resource not accessible by integration');
    const parameters = route.path.exec(rest)?.slice(1) ?? [];
    const body = call.method === 'GET' || route.rawBody ? {} : await readJson(call.request);
    return await route.answer({ call, token, parameters, body });
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    const { status, message, errors } = thrown;
    const documentation_url = 'https://docs.github.com/rest';
    return { status, body: { message, errors, documentation_url, status: String(status) } };
  }
}

/** `Bearer` and `token` for the API, `Basic x-access-token:...` for Git. */
function tokenOf({ request }: Call): string {
  const [scheme = '', value = ''] = (request.headers.authorization ?? '').split(' ');
  if (scheme.toLowerCase() !== 'basic') return value;
  return Buffer.from(value, 'base64').toString().split(':')[1] ?? '';
}
