import path from 'node:path';
import { folderLayer } from '../../pipeline/layers/folder.ts';
import { machineLayer } from '../../pipeline/layers/machine.ts';
import { PipelineCache, type Brought, type CacheLayer } from '../../pipeline/pipeline-cache.ts';
import { readDvcConfig, type DvcConfig } from '../../project/dvc-config.ts';
import type { InputValues } from '../../runner/inputs.ts';
import type { Ports } from '../../runner/ports.ts';
import { MachineCache } from '../../store/machine-cache.ts';
import type { Transfer } from '../../store/transfer.ts';
import { actionsLayer, restoreRuns, saveRuns } from './actions-cache.ts';
import type { inputs as specs } from './inputs.ts';

type Inputs = Pick<
  InputValues<typeof specs>,
  'cache' | 'machine-cache' | 'machine-cache-limit' | 'store'
>;

const GB = 1e9;

/** Links first: a copy of weights takes seconds and gigabytes. */
const LINKS: readonly Transfer[] = ['reflink', 'hardlink', 'copy'];

/** DVC's cache and nothing behind it. */
export async function plainCache({ workspace, log }: Ports): Promise<PipelineCache> {
  const config = await readDvcConfig(workspace);
  return new PipelineCache({ ...ownCache(config), layers: [], log });
}

/**
 * Runs `work` with DVC's cache in front of the machine's, the Actions cache and the store; tells
 * also what they brought.
 */
export async function withCache<T>(
  inputs: Inputs,
  ports: Ports,
  work: (cache: PipelineCache) => Promise<T>,
): Promise<{ readonly result: T; readonly brought: readonly Brought[] }> {
  const config = await readDvcConfig(ports.workspace);
  const machine = machineCache(inputs, ports);
  const layers: CacheLayer[] = [
    ...(inputs.cache ? [machineLayer(machine, ports.event.repository), actionsLayer(ports)] : []),
    ...storeLayers(inputs.store && path.resolve(ports.workspace, inputs.store), config),
  ];
  const own = ownCache(config);
  const cache = new PipelineCache({ ...own, layers, log: ports.log });
  const runs = path.join(own.folder, 'runs');
  try {
    if (inputs.cache) await restoreRuns(runs, ports);
    const result = await work(cache);
    if (inputs.cache && cache.runs.saved > 0) await saveRuns(runs, ports);
    return { result, brought: cache.brought };
  } finally {
    await machine.end();
  }
}

function machineCache(inputs: Inputs, { workspace, toolCache }: Ports): MachineCache {
  const given = inputs['machine-cache'];
  const folder = given ? path.resolve(workspace, given) : path.join(toolCache, 'model-ci-cache');
  return new MachineCache(folder, inputs['machine-cache-limit'] * GB);
}

function storeLayers(store: string | undefined, { remoteFolder }: DvcConfig): CacheLayer[] {
  if (store) return [folderLayer(store, { keeps: true })];
  return remoteFolder ? [folderLayer(remoteFolder, { keeps: false })] : [];
}

function ownCache({ cacheFolder, linkTypes }: DvcConfig) {
  const links = linkTypes?.filter((type) => type !== 'symlink') ?? LINKS;
  return {
    folder: cacheFolder,
    links: links.includes('copy') ? links : [...links, 'copy' as const],
  };
}
