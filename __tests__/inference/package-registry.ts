import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { create } from 'tar';

export interface Published {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  readonly tarball: Buffer;
}

/** Packs `files` as npm would publish them. */
export function publish(folder: string, name: string, files: Record<string, string>): Published {
  const root = path.join(folder, name, 'package');
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), content);
  }
  const version = '1.0.0';
  writeFileSync(path.join(root, 'package.json'), JSON.stringify({ name, version }));
  const file = path.join(folder, `${name}.tgz`);
  create({ sync: true, gzip: true, file, cwd: path.join(folder, name) }, ['package']);
  const tarball = readFileSync(file);
  const digest = createHash('sha512').update(tarball).digest('base64');
  return { name, version, tarball, integrity: `sha512-${digest}` };
}

/** A package registry on this machine that the real npm talks to. */
export async function serve(packages: readonly Published[]) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    requests.push(url);
    const found = packages.find(({ name }) => url === `/${name}` || url === `/${name}.tgz`);
    if (!found) return response.writeHead(404).end('{}');
    if (url.endsWith('.tgz')) return response.end(found.tarball);
    const { name, version, integrity } = found;
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const dist = { tarball: `${address}/${name}.tgz`, integrity };
    return response.end(
      JSON.stringify({
        name,
        'dist-tags': { latest: version },
        versions: { [version]: { name, version, dist } },
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
