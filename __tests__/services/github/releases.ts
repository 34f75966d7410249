import { createHash } from 'node:crypto';
import { readBody } from '../http.ts';
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

/** Releases, kept in `releases`; once published they are immutable. */
export function releaseRoutes(releases: Release[]): readonly Route[] {
  let assets = 0;
  const find = (id: string | undefined) => {
    const release = releases.find((candidate) => candidate.id === Number(id));
    if (!release) throw new ApiError(404, 'Not Found');
    return release;
  };
  const shown = (release: Release, origin: string) => ({
    ...release,
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
        return { status: 201, body: asset };
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
