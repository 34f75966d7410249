import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { messageOf } from '../errors.ts';
import type { Log } from '../runner/ports.ts';

/** A driver that hangs must not hang the pipeline. */
const TIMEOUT_MS = 20_000;

/**
 * The GPUs that stages may have, as CUDA_VISIBLE_DEVICES names them: those that this process was
 * given by that variable, or all that `nvidia-smi` lists (by UUID, which no other order of devices
 * can confuse). None where there is no driver.
 */
export async function findGpus(
  environment: NodeJS.ProcessEnv,
  log: Log,
): Promise<readonly string[]> {
  const given = environment.CUDA_VISIBLE_DEVICES;
  if (given !== undefined) return visible(given);
  try {
    const query = ['--query-gpu=uuid', '--format=csv,noheader'];
    const options = { env: environment, timeout: TIMEOUT_MS };
    const { stdout } = await promisify(execFile)('nvidia-smi', query, options);
    return stdout
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => /^(GPU|MIG)-/.test(line));
  } catch (thrown) {
    log.warning(`No GPU was found, since nvidia-smi did not answer: ${messageOf(thrown)}`);
    return [];
  }
}

/** As CUDA reads it: what follows the first invalid entry (such as -1) does not count. */
function visible(given: string): readonly string[] {
  const names = given.split(',').map((name) => name.trim());
  const end = names.findIndex((name) => !/^(\d+|(GPU|MIG)-[\w/-]+)$/.test(name));
  return end < 0 ? names : names.slice(0, end);
}
