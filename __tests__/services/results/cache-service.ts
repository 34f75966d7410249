import type { Blobs } from './blobs.ts';
import type { CacheScope } from './tokens.ts';
import { TwirpError, type Rpc } from './twirp.ts';

export interface CacheEntry {
  readonly id: number;
  readonly key: string;
  /** The client's hash of the paths and the compression: another one never matches. */
  readonly version: string;
  /** The ref whose jobs may read it. */
  readonly scope: string;
  committed: boolean;
  size: number;
}

interface CacheRequest {
  readonly key: string;
  readonly version: string;
  readonly restore_keys?: readonly string[];
  readonly size_bytes?: string;
}

/** Version 2 of the Actions cache: keys are created once for each version and scope. */
export class CacheService {
  readonly entries: CacheEntry[] = [];
  private readonly blobs: Blobs;
  private readonly origin: () => string;

  constructor(blobs: Blobs, origin: () => string) {
    this.blobs = blobs;
    this.origin = origin;
  }

  readonly rpc: Rpc = {
    CreateCacheEntry: (body, scopes) => {
      const { key, version } = body as unknown as CacheRequest;
      const target = scopes.find(({ writable }) => writable);
      if (!target) {
        return { ok: false, message: 'cache write denied: the token may only read' };
      }
      const same = (entry: CacheEntry) =>
        entry.key === key && entry.version === version && entry.scope === target.scope;
      if (this.entries.some(same)) {
        throw new TwirpError(409, 'already_exists', 'cache entry already exists');
      }
      const id = this.entries.length + 1;
      this.entries.push({ id, key, version, scope: target.scope, committed: false, size: 0 });
      return { ok: true, signed_upload_url: this.url(id, 'write') };
    },
    FinalizeCacheEntryUpload: (body, scopes) => {
      const { key, version, size_bytes } = body as unknown as CacheRequest;
      const entry = this.entries.find(
        (candidate) =>
          candidate.key === key &&
          candidate.version === version &&
          !candidate.committed &&
          scopes.some(({ scope, writable }) => writable && scope === candidate.scope),
      );
      if (!entry) return { ok: false, entry_id: '0' };
      entry.committed = true;
      entry.size = Number(size_bytes);
      return { ok: true, entry_id: String(entry.id) };
    },
    GetCacheEntryDownloadURL: (body, scopes) => {
      const hit = this.find(body as unknown as CacheRequest, scopes);
      if (!hit) return { ok: false, signed_download_url: '', matched_key: '' };
      return { ok: true, signed_download_url: this.url(hit.id, 'read'), matched_key: hit.key };
    },
  };

  /** Scope by scope: the key itself, then the newest entry that it or a restore key begins. */
  private find(
    { key, version, restore_keys = [] }: CacheRequest,
    scopes: readonly CacheScope[],
  ): CacheEntry | undefined {
    for (const { scope } of scopes) {
      const pool = this.entries.filter(
        (entry) => entry.committed && entry.version === version && entry.scope === scope,
      );
      for (const wanted of [key, ...restore_keys]) {
        const hit =
          pool.find((entry) => entry.key === wanted) ??
          pool.findLast((entry) => entry.key.startsWith(wanted));
        if (hit) return hit;
      }
    }
    return undefined;
  }

  private url(id: number, operation: 'read' | 'write'): string {
    return this.origin() + this.blobs.signedPath(`cache-${id}`, operation);
  }
}
