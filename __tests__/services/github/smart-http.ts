import { spawn } from 'node:child_process';
import path from 'node:path';
import { createGunzip } from 'node:zlib';
import type { Call, Reply } from '../http.ts';
import type { Token } from './api.ts';

/** Git over HTTP for the bare repositories under `root`, through Git's own CGI program. */
export async function smartHttp(
  { method, url, request, response }: Call,
  root: string,
  token: Token | undefined,
): Promise<Reply | undefined> {
  if (!token) {
    const headers = { 'www-authenticate': 'Basic realm="GitHub"' };
    return { status: 401, headers, body: 'Authentication required.\n' };
  }
  const writes = `${url.pathname}${url.search}`.includes('git-receive-pack');
  if (writes && token.permissions.contents !== 'write') {
    const repository = url.pathname.split('/').slice(1, 3).join('/');
    // Git shows plain text to the user.
    const headers = { 'content-type': 'text/plain' };
    return {
      status: 403,
      headers,
      body: `Permission to ${repository} denied to ${token.login}.\n`,
    };
  }
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      REMOTE_USER: token.login,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const zipped = request.headers['content-encoding'] === 'gzip';
  // A backend that has heard enough closes its end; the answer then says why.
  backend.stdin.on('error', () => undefined);
  (zipped ? request.pipe(createGunzip()) : request).pipe(backend.stdin);
  await relay(backend.stdout, response);
  return undefined;
}

/** A CGI program writes headers, an empty line, and the body. */
async function relay(output: NodeJS.ReadableStream, response: Call['response']): Promise<void> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of output) {
    if (head === undefined) {
      response.write(chunk);
      continue;
    }
    head = Buffer.concat([head, chunk as Buffer]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) continue;
    const headers = head.subarray(0, end).toString().split('\r\n');
    for (const header of headers) {
      const [name = '', value = ''] = header.split(/: */, 2);
      if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
    head = undefined;
  }
  response.end();
}

/** Where the bare repository of `owner/name` lies. */
export function bareFolder(root: string, repository: string): string {
  return path.join(root, `${repository}.git`);
}
