import type { Call, Reply } from '../http.ts';
import { ApiError, page, type Route } from './api.ts';

export interface Pull {
  readonly number: number;
  readonly state: 'open' | 'closed';
  readonly head: { readonly sha: string; readonly label: string };
}

/** What a workflow run left. */
export interface RunArtifact {
  readonly id: number;
  readonly run: number;
  readonly name: string;
  readonly zip: Uint8Array;
}

/** Where GitHub keeps the bytes: another host, which asks for no token. */
const DOWNLOADS = '/downloads/';

/** Pull requests, and the artifacts of workflow runs. */
export function runRoutes(pulls: Pull[], artifacts: RunArtifact[]): readonly Route[] {
  return [
    {
      method: 'GET',
      path: /^pulls$/,
      permissions: ['pull-requests'],
      answer: ({ call: { url } }) => {
        const [state, head] = ['state', 'head'].map((name) => url.searchParams.get(name));
        const found = pulls.filter((pull) => pull.state === state && pull.head.label === head);
        return page(url, found);
      },
    },
    {
      method: 'GET',
      path: /^actions\/runs\/(\d+)\/artifacts$/,
      permissions: ['actions'],
      answer: ({ parameters: [run], call }) => {
        const name = call.url.searchParams.get('name');
        const found = artifacts.filter(
          (artifact) => artifact.run === Number(run) && artifact.name === name,
        );
        return { status: 200, body: { total_count: found.length, artifacts: found.map(shown) } };
      },
    },
    {
      method: 'GET',
      path: /^actions\/artifacts\/(\d+)\/zip$/,
      permissions: ['actions'],
      answer: ({ parameters: [id], call }) => {
        if (!artifacts.some((artifact) => artifact.id === Number(id))) {
          throw new ApiError(404, 'Not Found');
        }
        const location = new URL(`${DOWNLOADS}${id ?? ''}`, call.url).href;
        return { status: 302, headers: { location } };
      },
    },
  ];
}

function shown({ id, name, zip }: RunArtifact) {
  return { id, name, size_in_bytes: zip.length, expired: false };
}

/** The bytes of an artifact, where the call asks for some. */
export function downloadOf({ url }: Call, artifacts: readonly RunArtifact[]): Reply | undefined {
  if (!url.pathname.startsWith(DOWNLOADS)) return undefined;
  const id = Number(url.pathname.slice(DOWNLOADS.length));
  const found = artifacts.find((artifact) => artifact.id === id);
  if (!found) return { status: 404 };
  return {
    status: 200,
    body: Buffer.from(found.zip),
    headers: { 'content-type': 'application/zip' },
  };
}
