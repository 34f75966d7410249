import { describe, expect, test } from '@jest/globals';
import type { Goal } from '../../src/project/inference-policy.ts';
import {
  replicasOf,
  Tuner,
  type Measurement,
  type Setting,
  type Space,
} from '../../src/inference/tuning.ts';

/** Tries until nothing is left to try, on a machine that is as fast as `rate` says. */
function tuned(
  start: Setting,
  { space, goal = 'throughput' }: { space: Space; goal?: Goal },
  measure: (setting: Setting) => Partial<Measurement>,
) {
  const tuner = new Tuner(start, space, goal);
  const full = (setting: Setting) => ({ rate: 1, ms: 1, residentBytes: 1, ...measure(setting) });
  const tried: Setting[] = [];
  for (let next = tuner.next; next; next = tuner.next) {
    tried.push(next);
    expect(tried.length).toBeLessThan(30);
    tuner.judge(next, full(next), full(tuner.best));
  }
  return { best: tuner.best, tried };
}

const space = { maxThreads: 8, maxReplicas: 8, maxBatch: 512 };

describe('Tuner', () => {
  test('climbs to larger batches as long as they help', () => {
    const { best } = tuned({ threads: 8, batch: 8 }, { space }, ({ batch }) => ({
      rate: batch <= 128 ? batch : 100,
    }));
    expect(best).toEqual({ threads: 8, batch: 128 });
  });

  test('goes down where small batches and few threads are faster', () => {
    const { best } = tuned({ threads: 8, batch: 64 }, { space }, ({ batch, threads }) => ({
      rate: 1 / batch / threads,
    }));
    expect(best).toEqual({ threads: 1, batch: 1 });
  });

  test('stays where nothing is clearly faster, after few trials', () => {
    const { best, tried } = tuned({ threads: 2, batch: 32 }, { space }, ({ batch, threads }) => ({
      rate: threads === 2 ? (batch === 32 ? 100 : 104) : 99,
    }));
    expect(best).toEqual({ threads: 2, batch: 32 });
    expect(tried.length).toBe(4);
  });

  test('prefers threads that do not wait for one another', () => {
    const { best } = tuned({ threads: 2, batch: 32 }, { space }, ({ threads }) => ({
      rate: threads === 2 ? 100 : 101,
    }));
    expect(best).toEqual({ threads: 1, batch: 32 });
  });

  test('takes more threads for each where they are clearly faster', () => {
    const rated = (gain: number) =>
      tuned({ threads: 1, batch: 32 }, { space }, ({ threads }) => ({ rate: gain ** threads }));
    expect(rated(1.1).best.threads).toBe(8);
    expect(rated(1.02).best.threads).toBe(1);
  });

  test('never leaves its space, nor the batch of a model that must keep it', () => {
    const { tried } = tuned({ threads: 4, batch: 200 }, { space }, ({ batch }) => ({
      rate: batch,
    }));
    expect(tried.every(({ batch }) => batch <= 512)).toBe(true);
    const fixed = { maxThreads: 4, maxReplicas: 1, maxBatch: undefined };
    const { best } = tuned({ threads: 4, batch: 7 }, { space: fixed }, ({ threads }) => ({
      rate: 1 / threads,
    }));
    expect(best).toEqual({ threads: 1, batch: 7 });
  });

  test('a limit on latency comes before the rate', () => {
    const machine = ({ batch, threads }: Setting) => ({
      rate: batch * threads,
      ms: (10 * batch) / threads,
    });
    const goal = { 'latency-ms': 50 };
    expect(tuned({ threads: 4, batch: 1 }, { space, goal }, machine).best.batch).toBe(16);
    const far = tuned({ threads: 4, batch: 512 }, { space, goal }, machine);
    expect(far.best).toEqual({ threads: 8, batch: 32 });
  });

  test('a limit on memory comes before the rate', () => {
    const machine = ({ batch }: Setting) => ({ rate: batch, residentBytes: batch * 1024 ** 2 });
    const goal = { 'memory-mb': 70 };
    expect(tuned({ threads: 1, batch: 1 }, { space, goal }, machine).best.batch).toBe(64);
  });

  test('loads no other model where there is no room for it', () => {
    const full = { ...space, maxReplicas: 0 };
    const { best, tried } = tuned({ threads: 8, batch: 8 }, { space: full }, ({ threads }) => ({
      rate: 1 / threads,
    }));
    expect(best.threads).toBe(8);
    expect(tried.every(({ threads }) => threads === 8)).toBe(true);
  });

  test.each([
    [8, 8, 1],
    [4, 8, 2],
    [3, 8, 2],
    [1, 8, 8],
    [1, 2, 2],
    [8, 0, 1],
  ])('%i threads each and at most %i replicas: %i', (threads, maxReplicas, replicas) => {
    expect(replicasOf({ threads, batch: 1 }, { ...space, maxReplicas })).toBe(replicas);
  });
});
