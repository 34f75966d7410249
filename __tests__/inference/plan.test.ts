import { describe, expect, test } from '@jest/globals';
import { Plan, type PlanOptions, type Ready } from '../../src/inference/plan.ts';
import { Pace, Trial } from '../../src/inference/trial.ts';
import type { Setting } from '../../src/inference/tuning.ts';

const start = { threads: 2, batch: 10 };

/** Answers for so many seconds of a clock that runs as `msPerExample` says. */
function lived(
  seconds: number,
  msPerExample: (setting: Setting) => number,
  { ready = () => true, ...options }: Partial<PlanOptions> & { readonly ready?: Ready } = {},
) {
  const plan = new Plan({
    start,
    space: { maxThreads: 2, maxReplicas: 1, maxBatch: 40 },
    goal: 'throughput',
    experience: undefined,
    alone: true,
    byLength: false,
    loadMs: 50,
    work: 0,
    ...options,
  });
  const pace = new Pace();
  let tryingMs = 0;
  while (pace.ms < 1000 * seconds) {
    const { setting, runs, note } = plan.next(pace, ready);
    const batches = Array.from({ length: runs }, () => setting.batch * msPerExample(setting));
    const ms = batches.reduce((sum, batch) => sum + batch);
    const stretch = { work: runs * setting.batch, ms, residentBytes: 1 };
    if (setting.batch !== plan.best.batch || setting.threads !== plan.best.threads) tryingMs += ms;
    pace.add(stretch);
    note(stretch);
  }
  return { plan, pace, share: tryingMs / pace.ms };
}

describe('Plan', () => {
  test('finds what is faster, and keeps to it', () => {
    const { plan } = lived(60, ({ batch, threads }) => (batch === 40 ? 0.5 : 1) * threads);
    expect(plan.best).toEqual({ threads: 1, batch: 40 });
  });

  test('tries nothing on a short run', () => {
    expect(lived(1, () => 1).share).toBe(0);
  });

  test('tries at once where enough examples are to come', () => {
    expect(lived(1, () => 1, { work: 60_000 }).share).toBeGreaterThan(0);
  });

  test('waits for replicas, and goes on meanwhile', () => {
    let asked = 0;
    const ready = () => (asked += 1) > 50;
    const clock = ({ threads }: Setting) => threads;
    const { plan, share } = lived(30, clock, { ready });
    expect(asked).toBe(51);
    expect(share).toBeGreaterThan(0);
    expect(plan.best.threads).toBe(1);
  });

  test('where everything else is slower, trying takes less than a tenth of the time', () => {
    const { plan, share } = lived(30, ({ batch, threads }) =>
      batch === 10 && threads === 2 ? 1 : 3,
    );
    expect(plan.best).toEqual(start);
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(0.1);
  });

  test('trusts what worked before, and tries again where it has drifted', () => {
    const clock = ({ batch }: Setting) => (batch === 40 ? 0.5 : 1);
    const trusted = { setting: start, rate: 1000 };
    expect(lived(60, clock, { experience: trusted }).share).toBe(0);
    const drifted = lived(60, clock, { experience: { ...trusted, rate: 2000 } });
    expect(drifted.plan.best.batch).toBe(40);
  });

  test('what a setting takes to warm up is not held against it', () => {
    let cold = 4;
    const clock = ({ threads }: Setting) => (threads === 2 ? 1 : cold-- > 0 ? 10 : 0.5);
    expect(lived(60, clock, { loadMs: 0 }).plan.best.threads).toBe(1);
  });

  test('a request carries more batches the less they take, within what it may', () => {
    const runs = (msPerExample: number, options: Partial<PlanOptions> = {}) => {
      const { plan, pace } = lived(1, () => msPerExample, {
        space: { maxThreads: 2, maxReplicas: 1, maxBatch: 100 },
        ...options,
      });
      return plan.next(pace, () => false).runs;
    };
    expect(runs(10)).toBe(1);
    expect(runs(1)).toBe(5);
    expect(runs(0.01)).toBe(10);
    const fixed = { maxThreads: 2, maxReplicas: 1, maxBatch: undefined };
    expect(runs(0.01, { space: fixed })).toBe(1);
    expect(runs(0.01, { byLength: true })).toBe(1);
    expect(runs(0.01, { goal: { 'latency-ms': 5 } })).toBe(1);
  });

  test('replicas take turns by all of them', () => {
    const { plan } = lived(10, () => 1, { space: { maxThreads: 2, maxReplicas: 2, maxBatch: 10 } });
    expect(plan.best).toEqual(start);
    expect(plan.sideOf({ threads: 1, batch: 10 }).replicas).toBe(2);
    const trial = new Trial(plan.sideOf({ threads: 1, batch: 10 }), plan.sideOf(start));
    const turns = Array.from({ length: 20 }, () => {
      const { setting, note } = trial.turn(() => 1);
      note({ work: 10, ms: 10, residentBytes: 1 });
      return setting.threads;
    });
    const round = [...new Array<number>(6).fill(1), ...new Array<number>(4).fill(2)];
    expect(turns).toEqual([...round, ...round]);
  });
});
