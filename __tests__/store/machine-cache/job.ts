import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { machineLayer } from '../../../src/pipeline/layers/machine.ts';
import { md5Digest, PipelineCache } from '../../../src/pipeline/pipeline-cache.ts';
import { MachineCache } from '../../../src/store/machine-cache.ts';
import type { Log } from '../../../src/runner/ports.ts';
import { generator, weightsOf, OUTPUTS, type JobReport } from './weights.ts';

/** `job.ts FOLDER CACHE LIMIT ROUNDS SEED`: a process that is one job after the other. */
const [folder = '', root = '', limit = '', rounds = '', seed = ''] = process.argv.slice(2);
const random = generator(Number(seed));
const report: JobReport = { outs: 0, fetched: 0, made: 0, corrupt: 0, lost: 0, evicted: 0 };

for (let round = 0; round < Number(rounds); round++) {
  const workspace = path.join(folder, String(round));
  const machine = new MachineCache(root, Number(limit));
  const warn = (text: string) => {
    throw new Error(text);
  };
  const cache = new PipelineCache({
    folder: path.join(workspace, 'cache'),
    links: ['reflink', 'hardlink', 'copy'],
    layers: [machineLayer(machine, `repository ${seed}`)],
    log: { warning: warn } as unknown as Log,
  });
  const wanted = new Set(Array.from({ length: 4 }, () => Math.floor(random() * OUTPUTS)));
  for (const index of wanted) await bring(index, workspace, cache);
  // Others come and evict meanwhile.
  await delay(random() * 40);
  for (const index of wanted) await examine(index, workspace, cache, machine);
  await machine.end();
  await rm(workspace, { recursive: true });
}
process.stdout.write(JSON.stringify(report));

async function bring(index: number, workspace: string, cache: PipelineCache): Promise<void> {
  const bytes = weightsOf(index);
  const md5 = md5Of(bytes);
  const out = path.join(workspace, `${index}.bin`);
  report.outs += 1;
  if (await cache.ensure(md5Digest(md5))) report.fetched += 1;
  else {
    report.made += 1;
    await mkdir(workspace, { recursive: true });
    await writeFile(`${out}.new`, bytes);
    const locked = { path: out, md5, size: bytes.length };
    await cache.keep(`${out}.new`, { locked, listing: undefined });
  }
  await cache.files.take(md5Digest(md5), out, cache.links);
}

async function examine(
  index: number,
  workspace: string,
  cache: PipelineCache,
  machine: MachineCache,
): Promise<void> {
  const md5 = md5Of(weightsOf(index));
  const bytes = await readFile(path.join(workspace, `${index}.bin`)).catch(() => undefined);
  if (!bytes) report.lost += 1;
  else if (md5Of(bytes) !== md5) report.corrupt += 1;
  if (!(await cache.files.has(md5Digest(md5)))) report.lost += 1;
  // What this job uses is never evicted, once it was there.
  const [held] = await machine.hold([md5Digest(md5)]);
  if (held !== undefined) {
    await delay(5);
    if (!(await machine.blobs.has(held))) report.evicted += 1;
  }
}

function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}
