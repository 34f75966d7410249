import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CACHE_FOLDER } from '../../pipeline/outputs.ts';
import { LOCK_FILE } from '../../project/lock-file.ts';
import type { Ports } from '../../runner/ports.ts';
import { encodedOf } from '../../store/digest.ts';
import { hashBytes } from '../../store/hash.ts';

const PREFIX = 'model-ci-pipeline-';

/**
 * Brings DVC's cache of an earlier job, the one of the same lock if there is one. It is a hint:
 * whatever is taken from it is checked against the lock.
 */
export async function restorePipelineCache({ cache, workspace, log }: Ports): Promise<void> {
  const key = await keyOf(workspace);
  const found = await cache.restore([CACHE_FOLDER], key, [PREFIX]);
  if (found !== undefined) log.info(`The pipeline's cache came from ${found}`);
}

export async function savePipelineCache({ cache, workspace }: Ports): Promise<void> {
  await cache.save([CACHE_FOLDER], await keyOf(workspace));
}

async function keyOf(workspace: string): Promise<string> {
  const lock = await readFile(path.join(workspace, LOCK_FILE)).catch(() => Buffer.alloc(0));
  return PREFIX + encodedOf(hashBytes(lock)).slice(0, 32);
}
