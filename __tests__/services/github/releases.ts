import { createHash } from 'node:crypto';
import { readBody, type Call, type Reply } from '../http.ts';
import { ApiError, page, type Permission, type Route } from './api.ts';

export interface ReleaseAsset {
  readonly id: number;
  readonly name: string;
  readonly label: string;
  readonly size: number;
  readonly state: 'uploaded';
  readonly digest: string;
}

export interface Release {
  readonly id: number;
  readonly tag_name: string;
  readonly body: string;
  draft: boolean;
  assets: ReleaseAsset[];
}

const PERMISSIONS: readonly Permission[] = ['contents'];

/** Where GitHub keeps the bytes: another host, which refuses whoever shows it a token. */
const DOWNLOADS = '/release-assets/';

/**
 * Releases, kept in `releases`; once published they are immutable. `contents` are the bytes of the
 * assets by their ids.
 */
export function releaseRoutes(
  releases: Release[],
  contents: Map<number, Buffer>,
): readonly Route[] {
  let assets = 0;
  const find = (id: string | undefined) => {
    const release = releases.find((candidate) => candidate.id === Number(id));
    if (!release) throw new ApiError(404, 'Not Found');
    return release;
  };
  const located = (asset: ReleaseAsset, origin: string) => ({
    ...asset,
    url: `${origin}/repos/acme/digits/releases/assets/${asset.id}`,
  });
  const shown = (release: Release, origin: string) => ({
    ...release,
    assets: release.assets.map((asset) => located(asset, origin)),
    html_url: `https://github.com/acme/digits/releases/tag/${release.tag_name}`,
    upload_url: `${origin}/repos/acme/digits/releases/${release.id}/assets{?name,label}`,
  });
  return [
    {
      method: 'GET',
      path: /^releases$/,
      permissions: PERMISSIONS,
      answer: ({ call }) =>
        page(
          call.url,
          releases.map((release) => shown(release, call.url.origin)),
        ),
    },
    {
      method: 'POST',
      path: /^releases$/,
      permissions: PERMISSIONS,
      answer: ({ call, body }) => {
        const { tag_name, body: notes, draft } = body;
        const release: Release = {
          id: releases.length + 1,
          tag_name: String(tag_name),
          body: String(notes),
          draft: draft === true,
          assets: [],
        };
        releases.push(release);
        return { status: 201, body: shown(release, call.url.origin) };
      },
    },
    {
      method: 'POST',
      path: /^releases\/(\d+)\/assets$/,
      permissions: PERMISSIONS,
      rawBody: true,
      answer: async ({ call, parameters: [id] }) => {
        const release = find(id);
        const bytes = await readBody(call.request);
        const name = call.url.searchParams.get('name') ?? '';
        if (!release.draft)
          throw new ApiError(422, 'Cannot upload assets to an immutable release.');
        if (release.assets.some((asset) => asset.name === name)) {
          throw new ApiError(422, 'Validation Failed', [{ code: 'already_exists' }]);
        }
        const asset: ReleaseAsset = {
          id: ++assets,
          name,
          label: call.url.searchParams.get('label') ?? '',
          size: bytes.length,
          state: 'uploaded',
          digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
        };
        release.assets.push(asset);
        contents.set(asset.id, bytes);
        return { status: 201, body: located(asset, call.url.origin) };
      },
    },
    {
      method: 'GET',
      path: /^releases\/tags\/(.+)$/,
      permissions: PERMISSIONS,
      answer: ({ call, parameters: [tag] }) => {
        const found = releases.find(({ tag_name, draft }) => tag_name === tag && !draft);
        if (!found) throw new ApiError(404, 'Not Found');
        return { status: 200, body: shown(found, call.url.origin) };
      },
    },
    {
      method: 'GET',
      path: /^releases\/(\d+)\/assets$/,
      permissions: PERMISSIONS,
      answer: ({ call, parameters: [id] }) =>
        page(
          call.url,
          find(id).assets.map((asset) => located(asset, call.url.origin)),
        ),
    },
    {
      method: 'GET',
      path: /^releases\/assets\/(\d+)$/,
      permissions: PERMISSIONS,
      answer: ({ call, parameters: [id] }) => {
        if (call.request.headers.accept !== 'application/octet-stream') {
          throw new ApiError(415, 'This stand-in gives the bytes alone');
        }
        const location = new URL(`${DOWNLOADS}${id ?? ''}`, call.url);
        location.hostname = 'localhost';
        return { status: 302, headers: { location: location.href } };
      },
    },
    {
      method: 'DELETE',
      path: /^releases\/assets\/(\d+)$/,
      permissions: PERMISSIONS,
      answer: ({ parameters: [id] }) => {
        for (const release of releases) {
          release.assets = release.assets.filter((asset) => asset.id !== Number(id));
        }
        return { status: 204 };
      },
    },
    {
      method: 'PATCH',
      path: /^releases\/(\d+)$/,
      permissions: PERMISSIONS,
      answer: ({ call, parameters: [id], body }) => {
        const release = find(id);
        if (typeof body.draft === 'boolean') release.draft = body.draft;
        return { status: 200, body: shown(release, call.url.origin) };
      },
    },
  ];
}

/** The bytes of an asset, where the call asks for some. */
export function assetOf(
  { url, request }: Call,
  contents: ReadonlyMap<number, Buffer>,
): Reply | undefined {
  if (!url.pathname.startsWith(DOWNLOADS)) return undefined;
  if (request.headers.authorization !== undefined) return { status: 400, body: 'two credentials' };
  const body = contents.get(Number(url.pathname.slice(DOWNLOADS.length)));
  if (!body) return { status: 404 };
  return { status: 200, body, headers: { 'content-type': 'application/octet-stream' } };
}
