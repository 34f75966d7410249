import type { GpuSample } from './gpu-watch.ts';

/** What a GPU did in a run. NaN where the card does not tell. */
export interface GpuUse {
  readonly gpu: number;
  /** Percent. */
  readonly meanUtilization: number;
  /** MiB. */
  readonly peakMemory: number;
  /** Watts. */
  readonly meanPower: number;
  readonly peakPower: number;
}

export function gpuUse(samples: readonly GpuSample[]): readonly GpuUse[] {
  const gpus = Array.from(new Set(samples.map(({ gpu }) => gpu))).toSorted((a, b) => a - b);
  return gpus.map((gpu) => {
    const own = samples.filter((sample) => sample.gpu === gpu);
    const of = (measure: 'utilization' | 'memory' | 'power') =>
      own.map((sample) => sample[measure]).filter(Number.isFinite);
    return {
      gpu,
      meanUtilization: mean(of('utilization')),
      peakMemory: peak(of('memory')),
      meanPower: mean(of('power')),
      peakPower: peak(of('power')),
    };
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function peak(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : Math.max(...values);
}
