import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EnvironmentError } from '../../errors.ts';
import type { Asset, Made, PublishedAsset, Release, Releases } from '../ports.ts';
import { refusal, restOf, statusOf, type Access } from './access.ts';

/** A stalled upload ends the job instead of holding the runner. */
const SILENCE_MS = 120_000;

interface GitHubRelease {
  readonly id: number;
  readonly tag_name: string;
  readonly draft: boolean;
  readonly html_url: string;
  readonly upload_url: string;
  readonly assets: readonly GitHubAsset[];
}

interface GitHubAsset {
  readonly id: number;
  readonly url: string;
  readonly name: string;
  readonly size: number;
  readonly state: string;
  /** `sha256:...`; GitHub tells it since 2025. */
  readonly digest?: string | null;
}

/** Releases through the REST API; assets go by streams, for they may be gigabytes. */
export function githubReleases(access: Access): Releases {
  return {
    async publish(release) {
      try {
        return await publish(access, release);
      } catch (thrown) {
        throw refusal(`the release ${release.tag} was not published`, 'contents: write', thrown);
      }
    },
    async find(tag) {
      try {
        return await find(access, tag);
      } catch (thrown) {
        throw refusal(`the release ${tag} was not found`, 'contents: read', thrown);
      }
    },
  };
}

async function find(access: Access, tag: string): Promise<readonly PublishedAsset[] | undefined> {
  const { rest, paginate, where } = await restOf(access);
  try {
    const { data } = await rest.repos.getReleaseByTag({ ...where, tag });
    const release_id = data.id;
    const assets = await paginate(rest.repos.listReleaseAssets, {
      ...where,
      release_id,
      per_page: 100,
    });
    return assets.map(({ name, url }) => ({ name, open: () => download(url, name, access.token) }));
  } catch (thrown) {
    if (statusOf(thrown) === 404) return undefined;
    throw thrown;
  }
}

/** GitHub sends on to another host, which fetch tells no token. */
async function download(url: string, name: string, token: string): Promise<Readable> {
  const response = await fetch(url, {
    headers: {
      accept: 'application/octet-stream',
      authorization: `Bearer ${token}`,
      'user-agent': 'model-ci',
    },
  });
  if (response.ok && response.body) return Readable.fromWeb(response.body);
  await response.body?.cancel();
  throw new Error(`GitHub answered ${response.status} to ${name}`);
}

async function publish(access: Access, release: Release): Promise<Made> {
  const { rest, paginate, where } = await restOf(access);
  // Drafts have no tag yet that one could ask for.
  const all = await paginate(rest.repos.listReleases, { ...where, per_page: 100 });
  const known = all.find(({ tag_name }) => tag_name === release.tag);
  if (known && !known.draft) return compared(known, release);
  const draft = known ?? (await createDraft(access, release));
  for (const asset of release.assets) await deliver(access, draft, asset);
  const { data } = await rest.repos.updateRelease({ ...where, release_id: draft.id, draft: false });
  return { url: data.html_url, status: 'created' };
}

/** @throws EnvironmentError where what is published is not what was to be. */
function compared(known: GitHubRelease, { tag, assets }: Release): Made {
  const missing = assets.filter((asset) => !known.assets.some((found) => isSame(asset, found)));
  if (missing.length === 0) return { url: known.html_url, status: 'present' };
  const names = missing.map(({ label }) => label).join(', ');
  throw new EnvironmentError(`the release ${tag} is published without ${names}`, {
    hint: 'A published release is not changed: delete it where GitHub lets you, or take the next version.',
  });
}

async function createDraft(access: Access, release: Release): Promise<GitHubRelease> {
  const { rest, where } = await restOf(access);
  const { tag: tag_name, title: name, notes: body, prerelease } = release;
  const draft = { ...where, tag_name, name, body, prerelease, draft: true };
  return (await rest.repos.createRelease(draft)).data;
}

async function deliver(access: Access, draft: GitHubRelease, asset: Asset): Promise<void> {
  const found = draft.assets.find(({ name }) => name === asset.name);
  if (found && isSame(asset, found)) return;
  if (found) {
    // What an interrupted upload left.
    const { rest, where } = await restOf(access);
    await rest.repos.deleteReleaseAsset({ ...where, asset_id: found.id });
  }
  const uploaded = await upload(draft.upload_url, asset, access.token);
  if (!isSame(asset, uploaded)) throw corrupt(asset, uploaded);
}

/** GitHub Enterprise Server may not tell the digest; the size then has to do. */
function isSame({ name, size, digest }: Asset, found: GitHubAsset): boolean {
  const complete = found.name === name && found.state === 'uploaded' && found.size === size;
  return complete && (found.digest ?? digest) === digest;
}

function corrupt({ label, digest }: Asset, found: GitHubAsset): EnvironmentError {
  return new EnvironmentError(`GitHub received other bytes for ${label} than were sent`, {
    hint: `It is ${digest}, and ${found.digest ?? `${found.size} bytes`} arrived. The release stays a draft; run the job again.`,
  });
}

/** @param template the release's `upload_url`, which ends in `{?name,label}`. */
async function upload(template: string, asset: Asset, token: string): Promise<GitHubAsset> {
  const url = new URL(template.replace(/\{.*\}$/, ''));
  url.search = new URLSearchParams({ name: asset.name, label: asset.label }).toString();
  const send = url.protocol === 'http:' ? httpRequest : httpsRequest;
  const request = send(url, {
    method: 'POST',
    timeout: SILENCE_MS,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'content-length': asset.size,
      'content-type': 'application/octet-stream',
      'user-agent': 'model-ci',
    },
  });
  request.on('timeout', () => request.destroy(new Error('the upload stalled')));
  const answered = new Promise<{ status: number; text: string }>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject).on('end', () => {
        resolve({ status: response.statusCode ?? 0, text });
      });
    });
  });
  // An early answer ends the sending; the answer says why.
  await Promise.race([answered, pipeline(asset.open(), request)]);
  const { status, text } = await answered;
  if (status === 201) return JSON.parse(text) as GitHubAsset;
  throw Object.assign(new Error(`GitHub answered ${status} to ${asset.label}`), { status });
}
