import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface DockerRegistry {
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly url: string;
  /** Where it keeps its files. */
  readonly folder: string;
  close(): Promise<void>;
}

/** Debian's docker-registry on a free port of the loopback address, with its files in `folder`. */
export async function startDockerRegistry(folder: string): Promise<DockerRegistry> {
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: folder }, delete: { enabled: true } },
    // Without it the upload's state could not be read after a restart.
    http: { addr: host, secret: 'loopback' },
  };
  const file = path.join(path.dirname(folder), 'docker-registry.yml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config));
  const child = spawn('docker-registry', ['serve', file], { stdio: 'ignore' });
  const ended = once(child, 'close');
  const url = `http://${host}`;
  while (!(await answers(`${url}/v2/`))) {
    if (child.exitCode !== null) throw new Error('docker-registry does not start');
    await sleep(50);
  }
  const close = async () => {
    child.kill();
    await ended;
  };
  return { host, url, folder, close };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
