import { createHash, randomUUID } from 'node:crypto';
import { readBody, serve, type Call, type Reply, type Service } from '../http.ts';
import { guard, type Guard } from './guard.ts';

export interface OciRegistryOptions {
  /** Nobody has to log in by default. */
  readonly guard?: Guard;
  /** What this registry lacks; all that the specification has by default. */
  readonly without?: readonly ('chunks' | 'referrers' | 'mounts' | 'ranges' | 'deletion')[];
  readonly tagsPerPage?: number;
}

interface Repository {
  readonly blobs: Set<string>;
  readonly manifests: Map<string, { readonly type: string; readonly bytes: Buffer }>;
  readonly tags: Map<string, string>;
}

/** A registry of the OCI distribution specification 1.1, in memory. */
export interface OciRegistry extends Service {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** Every blob by its digest, whoever has it; a test may change them. */
  readonly blobs: Map<string, Buffer>;
  repository(name: string): Repository;
}

const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const failure = (status: number, code: string): Reply => ({
  status,
  body: { errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] },
});
const empty = (status: number, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'content-length': '0', ...headers },
});

export async function startOciRegistry(options: OciRegistryOptions = {}): Promise<OciRegistry> {
  const lacks = (what: string) => options.without?.some((lacking) => lacking === what) ?? false;
  const blobs = new Map<string, Buffer>();
  const repositories = new Map<string, Repository>();
  const sessions = new Map<string, Buffer[]>();
  const repository = (name: string): Repository => {
    const found = repositories.get(name) ?? {
      blobs: new Set(),
      manifests: new Map(),
      tags: new Map(),
    };
    repositories.set(name, found);
    return found;
  };

  const keep = (name: string, bytes: Buffer, wanted: string | null): Reply => {
    const digest = digestOf(bytes);
    if (digest !== wanted) return failure(400, 'DIGEST_INVALID');
    blobs.set(digest, bytes);
    repository(name).blobs.add(digest);
    const location = `/v2/${name}/blobs/${digest}`;
    return empty(201, { location, 'docker-content-digest': digest });
  };

  const begin = ({ url }: Call, name: string): Reply => {
    const [mount, from] = [url.searchParams.get('mount'), url.searchParams.get('from')];
    if (mount !== null && from !== null && !lacks('mounts')) {
      if (repository(from).blobs.has(mount)) {
        repository(name).blobs.add(mount);
        return empty(201, { location: `/v2/${name}/blobs/${mount}` });
      }
    }
    const id = randomUUID();
    sessions.set(id, []);
    return empty(202, { location: `/v2/${name}/blobs/uploads/${id}` });
  };

  const upload = async (call: Call, name: string, id: string): Promise<Reply> => {
    const session = sessions.get(id);
    if (!session) return failure(404, 'BLOB_UPLOAD_UNKNOWN');
    const size = () => session.reduce((sum, piece) => sum + piece.length, 0);
    const progress = () => ({
      location: `/v2/${name}/blobs/uploads/${id}`,
      range: `0-${Math.max(0, size() - 1)}`,
    });
    if (call.method === 'GET') return empty(204, progress());
    if (call.method === 'PATCH') {
      if (lacks('chunks')) return failure(405, 'UNSUPPORTED');
      const start = /^(\d+)-/.exec(call.request.headers['content-range'] ?? '')?.[1];
      if (start !== undefined && Number(start) !== size()) return empty(416, progress());
      // What arrived before a connection broke is kept, as registries do.
      for await (const piece of call.request) session.push(piece as Buffer);
      return empty(202, progress());
    }
    const rest = await readBody(call.request);
    sessions.delete(id);
    return keep(name, Buffer.concat([...session, rest]), call.url.searchParams.get('digest'));
  };

  const blob = ({ method, request }: Call, name: string, digest: string): Reply => {
    const bytes = blobs.get(digest);
    if (!bytes || !repository(name).blobs.has(digest)) return failure(404, 'BLOB_UNKNOWN');
    const headers = { 'docker-content-digest': digest, 'content-type': 'application/octet-stream' };
    if (method === 'HEAD') return empty(200, { ...headers, 'content-length': `${bytes.length}` });
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (start === 0 || lacks('ranges')) return { status: 200, headers, body: bytes };
    if (start >= bytes.length) return empty(416);
    const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
    return { status: 206, headers: { 'content-range': range }, body: bytes.subarray(start) };
  };

  const manifest = async (call: Call, name: string, reference: string): Promise<Reply> => {
    const { manifests, tags } = repository(name);
    const digest = reference.startsWith('sha256:') ? reference : tags.get(reference);
    if (call.method === 'PUT') return store(call, name, reference);
    const found = manifests.get(digest ?? '');
    if (!found || digest === undefined) return failure(404, 'MANIFEST_UNKNOWN');
    if (call.method === 'DELETE') {
      if (lacks('deletion')) return failure(405, 'UNSUPPORTED');
      manifests.delete(digest);
      for (const [tag, named] of tags) if (named === digest) tags.delete(tag);
      return empty(202);
    }
    const headers = { 'docker-content-digest': digest, 'content-type': found.type };
    return { status: 200, headers, body: call.method === 'HEAD' ? '' : found.bytes };
  };

  const store = async ({ request }: Call, name: string, reference: string): Promise<Reply> => {
    const bytes = await readBody(request);
    const { manifests, tags, blobs: own } = repository(name);
    const value = JSON.parse(bytes.toString()) as {
      config?: { digest: string };
      layers?: { digest: string }[];
      subject?: { digest: string };
    };
    const named = [...(value.config ? [value.config] : []), ...(value.layers ?? [])];
    if (named.some(({ digest }) => !own.has(digest))) return failure(404, 'MANIFEST_BLOB_UNKNOWN');
    const digest = digestOf(bytes);
    manifests.set(digest, { type: request.headers['content-type'] ?? '', bytes });
    if (reference !== digest) tags.set(reference, digest);
    const told = lacks('referrers') ? undefined : value.subject?.digest;
    return empty(201, {
      'docker-content-digest': digest,
      ...(told !== undefined && { 'oci-subject': told }),
    });
  };

  const list = ({ url }: Call, name: string): Reply => {
    if (!repositories.has(name)) return failure(404, 'NAME_UNKNOWN');
    const after = url.searchParams.get('last') ?? '';
    const all = [...repository(name).tags.keys()].toSorted().filter((tag) => tag > after);
    const page = all.slice(0, options.tagsPerPage ?? all.length);
    const next = `</v2/${name}/tags/list?last=${page.at(-1) ?? ''}>; rel="next"`;
    const headers = page.length < all.length ? { link: next } : {};
    return { status: 200, body: { name, tags: page }, headers };
  };

  const referrers = (name: string, subject: string): Reply => {
    if (lacks('referrers')) return failure(404, 'NOT_FOUND');
    const manifests = [...repository(name).manifests].flatMap(([digest, { type, bytes }]) => {
      const value = JSON.parse(bytes.toString()) as {
        subject?: { digest: string };
        artifactType?: string;
      };
      if (value.subject?.digest !== subject) return [];
      return [{ mediaType: type, digest, size: bytes.length, artifactType: value.artifactType }];
    });
    return { status: 200, body: { schemaVersion: 2, manifests } };
  };

  const routes: readonly [
    RegExp,
    (call: Call, name: string, id: string) => Reply | Promise<Reply>,
  ][] = [
    [/^\/v2\/(.+)\/blobs\/uploads\/()$/, begin],
    [/^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/, upload],
    [/^\/v2\/(.+)\/blobs\/(sha256:[0-9a-f]{64})$/, blob],
    [/^\/v2\/(.+)\/manifests\/([^/]+)$/, manifest],
    [/^\/v2\/(.+)\/tags\/list()$/, list],
    [/^\/v2\/(.+)\/referrers\/([^/]+)$/, (_call, name, id) => referrers(name, id)],
  ];

  const service = await serve(async (call) => {
    const refused = await guard(options.guard, call);
    if (refused) return refused;
    for (const [path, answer] of routes) {
      const [, name, id] = path.exec(call.url.pathname) ?? [];
      if (name !== undefined && id !== undefined) return answer(call, name, id);
    }
    return failure(404, 'NOT_FOUND');
  });
  return { ...service, host: new URL(service.url).host, blobs, repository };
}
