import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const INTERVAL_SECONDS = 2;

/** Samples above are thinned out: a chart shows no more, and a run of days would fill memory. */
const MAX_SAMPLES = 4096;

/** nvidia-smi hangs where a driver is broken. */
const PATIENCE_MS = 10_000;

export interface GpuSample {
  /** Since the watch began. */
  readonly seconds: number;
  readonly gpu: number;
  /** Percent. */
  readonly utilization: number;
  /** MiB. */
  readonly memory: number;
  /** Watts; NaN where the card does not tell. */
  readonly power: number;
}

export interface Gpu {
  readonly name: string;
  readonly driver: string;
}

/** The GPUs as `nvidia-smi` names them; none where there is no such program. */
export async function gpusOf(environment: NodeJS.ProcessEnv): Promise<readonly Gpu[]> {
  try {
    const { stdout } = await promisify(execFile)(
      'nvidia-smi',
      ['--query-gpu=name,driver_version', '--format=csv,noheader'],
      { env: environment, timeout: PATIENCE_MS, killSignal: 'SIGKILL' },
    );
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(',').map((cell) => cell.trim()))
      .map(([name = '', driver = '']) => ({ name, driver }));
  } catch {
    return [];
  }
}

/** Asks `nvidia-smi` for what the GPUs do until `stop`. */
export function watchGpus(environment: NodeJS.ProcessEnv): { stop(): readonly GpuSample[] } {
  const start = performance.now();
  let samples: GpuSample[] = [];
  const child = spawn(
    'nvidia-smi',
    [
      '--query-gpu=index,utilization.gpu,memory.used,power.draw',
      '--format=csv,noheader,nounits',
      `--loop=${INTERVAL_SECONDS}`,
    ],
    { env: environment, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  // There is no such program, and nothing to watch.
  child.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [gpu, utilization, memory, power] = line.split(',').map((cell) => Number(cell.trim()));
    if (gpu === undefined || !Number.isInteger(gpu)) return;
    samples.push({
      seconds: (performance.now() - start) / 1000,
      gpu,
      utilization: utilization ?? Number.NaN,
      memory: memory ?? Number.NaN,
      power: power ?? Number.NaN,
    });
    if (samples.length > MAX_SAMPLES) samples = samples.filter((_, index) => index % 2 === 0);
  });
  return {
    stop() {
      child.kill('SIGKILL');
      return samples;
    },
  };
}
