/**
 * Gigabytes through the stores beside the tools that everybody has, in one run:
 * after npm run build: tsx bench/store/throughput.ts [FILES] [MIB_A_FILE] [ROUNDS]
 * Needs sha256sum, cp, dd, curl and Debian's docker-registry. Each figure is the median of the rounds,
 * each ratio the peer's time by ours: 1 is as fast, 2 is twice as fast.
 */
import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startDockerRegistry } from '../../__tests__/services/docker-registry.ts';

const [count = '40', mebibytes = '100', rounds = '3'] = process.argv.slice(2);
const child = path.resolve('bench/store/work.mjs');
const root = await mkdtemp(path.join(tmpdir(), 'model-ci-throughput-'));
const source = path.join(root, 'source');
const names = Array.from({ length: Number(count) }, (_, index) => `part-${index}.bin`);
const bytes = Number(count) * Number(mebibytes) * 1024 * 1024;

/** Seconds that a shell command takes. */
async function shell(command: string): Promise<number> {
  const started = performance.now();
  const process_ = spawn('bash', ['-ec', command], { cwd: root, stdio: ['ignore', 'ignore', 2] });
  const [code] = (await once(process_, 'close')) as [number];
  if (code !== 0) throw new Error(`${command} failed`);
  return (performance.now() - started) / 1000;
}

/** Seconds that our side takes, as it tells without its start, and its peak of memory. */
async function ours(what: string, target = ''): Promise<{ seconds: number; mebibytes: number }> {
  const process_ = spawn(process.execPath, [child, what, source, target], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  process_.stdout.on('data', (piece: Buffer) => (said += piece.toString()));
  await once(process_, 'close');
  return JSON.parse(said) as { seconds: number; mebibytes: number };
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const spread = (values: readonly number[]) =>
  `${Math.min(...values).toFixed(2)}-${Math.max(...values).toFixed(2)}`;

async function compare(
  title: string,
  peer: () => Promise<number>,
  own: () => Promise<{ seconds: number; mebibytes: number }>,
): Promise<void> {
  const [theirs, mine, memory]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < Number(rounds); round++) {
    theirs.push(await peer());
    const { seconds, mebibytes: used } = await own();
    mine.push(seconds);
    memory.push(used);
  }
  const ratios = theirs.map((seconds, index) => seconds / mine[index]!);
  const speed = Math.round(bytes / 1e6 / median(mine));
  console.log(
    `${title}: ratio ${median(ratios).toFixed(2)} (${spread(ratios)}), ${speed} MB/s, peak ${Math.max(...memory)} MiB`,
  );
}

await mkdir(source);
const block = Buffer.alloc(Number(mebibytes) * 1024 * 1024);
for (const name of names) {
  randomFillSync(block);
  await writeFile(path.join(source, name), block, { flush: true });
}
const registry = await startDockerRegistry(path.join(root, 'registry'));
const emptied = (folder: string) => rm(path.join(root, folder), { recursive: true, force: true });

await compare(
  'hashing beside sha256sum on two cores',
  () => shell('ls source/* | xargs -n1 -P2 sha256sum'),
  () => ours('hash'),
);
/** As after a checkout of yesterday: what was read since is forgotten. */
const cold = () =>
  shell('for file in source/*; do dd if=$file iflag=nocache count=0 status=none; done');
await compare(
  'hashing beside cat (cold)',
  async () => {
    await cold();
    return shell('cat source/* > /dev/null');
  },
  async () => {
    await cold();
    return ours('hash');
  },
);
await compare(
  'hashing beside plain reading in Node (warm)',
  async () => (await ours('read')).seconds,
  () => ours('hash'),
);
await compare(
  'hashing beside cat (warm)',
  () => shell('cat source/* > /dev/null'),
  () => ours('hash'),
);
await compare(
  'register to a directory beside cp plus sha256sum',
  async () => {
    await emptied('copy');
    return shell('sha256sum source/* && cp -r source copy && sync copy/*');
  },
  async () => {
    await emptied('copy');
    await emptied('store');
    return ours('register', path.join(root, 'store'));
  },
);
await compare(
  'verify a warm directory beside sha256sum',
  () => shell('ls source/* | xargs -n1 -P2 sha256sum'),
  () => ours('verify', path.join(root, 'store')),
);
await emptied('store');

const digests = new Map<string, string>();
for (const line of JSON.parse(await readFile(await digestFile(), 'utf8')) as string[][]) {
  digests.set(line[0]!, line[1]!);
}
async function digestFile(): Promise<string> {
  const file = path.join(root, 'digests.json');
  await ours('digests', file);
  return file;
}
let pushes = 0;
await compare(
  'OCI upload beside curl of the same bytes',
  async () => {
    const repository = `${registry.url}/v2/curl${pushes}/blobs/uploads/`;
    const lines = [...digests].map(
      ([name, digest]) =>
        `l=$(curl -sf -X POST -D - -o /dev/null ${repository} | tr -d '\\r' | sed -n 's/^Location: //p'); curl -sf -X PUT -H 'Content-Type: application/octet-stream' -T source/${name} "$l&digest=${digest}"`,
    );
    await forget();
    return shell(lines.join('\n'));
  },
  async () => {
    await forget();
    return ours('upload', `oci://${registry.host}/own${pushes++}`);
  },
);
await compare(
  'OCI push and read-back beside curl up and down',
  async () => {
    const repository = `${registry.url}/v2/curl${pushes}`;
    const lines = [...digests].map(
      ([name, digest]) =>
        `l=$(curl -sf -X POST -D - -o /dev/null ${repository}/blobs/uploads/ | tr -d '\\r' | sed -n 's/^Location: //p'); curl -sf -X PUT -H 'Content-Type: application/octet-stream' -T source/${name} "$l&digest=${digest}"; curl -sf ${repository}/blobs/${digest} | sha256sum`,
    );
    await forget();
    return shell(lines.join('\n'));
  },
  async () => {
    await forget();
    return ours('push', `oci://${registry.host}/own${pushes++}`);
  },
);

/** The registry keeps one copy of a blob for all repositories: each push has to bring its own. */
async function forget(): Promise<void> {
  await rm(path.join(registry.folder, 'docker/registry/v2'), { recursive: true, force: true });
}

await registry.close();
await rm(root, { recursive: true, force: true });
