import { execFile } from 'node:child_process';
import { readdir, rm, stat, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { JobReport } from './weights.ts';

export interface Trial {
  readonly total: JobReport;
  readonly limit: number;
  /** The most bytes that were seen in the cache, and how often it was looked at. */
  readonly peak: number;
  readonly samples: number;
  readonly left: number;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Processes that each run `rounds` jobs, all at once, on one cache of `limit` bytes. */
export async function jobsAtOnce(
  processes: number,
  rounds: number,
  limit: number,
  seed: number,
): Promise<Trial> {
  const folder = await mkdtemp(path.join(tmpdir(), 'machine cache '));
  const cache = path.join(folder, 'cache');
  let [peak, samples, running] = [0, 0, true];
  const look = async () => {
    while (running) {
      peak = Math.max(peak, await bytesIn(cache));
      samples += 1;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const looking = look();
  try {
    const reports = await Promise.all(
      Array.from({ length: processes }, async (_, index) => {
        const job = path.join(root, '__tests__/store/machine-cache/job.ts');
        const given = [path.join(folder, `job ${index}`), cache, limit, rounds, seed + index];
        const tsx = path.join(root, 'node_modules/tsx/dist/cli.mjs');
        const { stdout } = await promisify(execFile)(process.execPath, [
          tsx,
          job,
          ...given.map(String),
        ]);
        return JSON.parse(stdout) as JobReport;
      }),
    );
    running = false;
    await looking;
    const left = await bytesIn(cache);
    return { total: sum(reports), limit, peak, samples, left };
  } finally {
    running = false;
    await looking;
    await rm(folder, { recursive: true, force: true });
  }
}

function sum(reports: readonly JobReport[]): JobReport {
  const total: JobReport = { outs: 0, fetched: 0, made: 0, corrupt: 0, lost: 0, evicted: 0 };
  for (const report of reports) {
    for (const key of Object.keys(total) as (keyof JobReport)[]) total[key] += report[key];
  }
  return total;
}

/** Blobs and what is reserved for blobs to come. */
async function bytesIn(cache: string): Promise<number> {
  let bytes = 0;
  for (const inner of ['files/md5', 'reservations']) {
    const folder = path.join(cache, inner);
    for (const name of await readdir(folder, { recursive: true }).catch(() => [])) {
      const status = await stat(path.join(folder, name)).catch(() => undefined);
      if (status?.isFile()) bytes += status.size;
    }
  }
  return bytes;
}
