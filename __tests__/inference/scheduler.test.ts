import { afterEach, describe, expect, test } from '@jest/globals';
import type { Scheduler } from '../../src/inference/scheduler.ts';
import { linear } from '../evaluation/models.ts';
import { schedule, source } from './models.ts';

const model = linear([
  [1, 0],
  [0, 1],
]);

let scheduler: Scheduler;
afterEach(() => {
  scheduler.close();
});

const feeds = {
  x: { elementType: 'float32', shape: [1, 2], values: Float32Array.of(3, 4) },
} as const;

describe('Scheduler', () => {
  test('keeps a model that nobody uses, and hands out the same one again', async () => {
    scheduler = await schedule();
    const wanted = await source(model);
    const first = await scheduler.load(wanted);
    first.release();
    const second = await scheduler.load(wanted);
    expect(second.model.id).toBe(first.model.id);
    expect((await scheduler.load(wanted, 1)).model.id).not.toBe(first.model.id);
    expect(scheduler.loaded).toBe(2);
  });

  test('unloads what was not used for longest, and never what is in use', async () => {
    scheduler = await schedule({ budgetBytes: 3 * SIZE });
    const [a, b, c, d] = await Promise.all(
      ['a', 'b', 'c', 'd'].map((subject) => source(model, { bytes: SIZE, subject })),
    );
    const leaseA = await scheduler.load(a!);
    const leaseB = await scheduler.load(b!);
    (await scheduler.load(c!)).release();
    leaseB.release();
    (await scheduler.load(b!)).release();
    // a is in use and b was used after c: c goes.
    const leaseD = await scheduler.load(d!);
    expect(scheduler.loaded).toBe(3);
    expect((await scheduler.load(b!)).model.id).toBe(leaseB.model.id);
    expect(
      await leaseA.thread.ask(
        { kind: 'run', model: leaseA.model.id, feeds, output: 'scores' },
        'a',
      ),
    ).toMatchObject({ tensor: { shape: [1, 2], values: Float32Array.of(3, 4) } });
    await expect(scheduler.load(c!)).rejects.toThrow(
      'c takes 1024 MB beside the 3072 MB of those in use, and models may take 3072 MB',
    );
    leaseD.release();
    expect((await scheduler.load(c!)).model.id).toBeGreaterThan(leaseD.model.id);
  });

  test('a model that is too large by itself is refused before it is loaded', async () => {
    scheduler = await schedule({ budgetBytes: SIZE });
    await expect(scheduler.load(await source(model, { bytes: 2 * SIZE }))).rejects.toThrow(
      'a model takes 2048 MB, and models may take 1024 MB',
    );
    expect(scheduler.loaded).toBe(0);
  });

  test('replicas run in threads of their own', async () => {
    scheduler = await schedule();
    const wanted = await source(model);
    const [first, second] = await Promise.all([
      scheduler.load(wanted, 1, 0),
      scheduler.load(wanted, 1, 1),
    ]);
    expect(second.thread).not.toBe(first.thread);
    expect((await scheduler.load(wanted, 1, 0)).model).toBe(first.model);
    expect(scheduler.loaded).toBe(2);
  });

  test('tells how many more of a model fit in', async () => {
    scheduler = await schedule({ budgetBytes: 3.5 * SIZE });
    const lease = await scheduler.load(await source(model, { bytes: SIZE }));
    expect(scheduler.roomFor(lease)).toBe(2);
    await scheduler.load(await source(model, { bytes: SIZE }));
    expect(scheduler.roomFor(lease)).toBe(1);
  });

  test('where CUDA does not load, the CPU takes over and the reason is there', async () => {
    scheduler = await schedule({ provider: 'cuda' });
    const { model: loaded } = await scheduler.load(await source(model));
    expect(loaded.provider).toBe('cpu');
    expect(loaded.fallback).toMatch(/cuda/i);
  });

  test('a file that is no model is an error of the user', async () => {
    scheduler = await schedule({ provider: 'cuda' });
    const broken = await source(Buffer.from('<html>'), { subject: 'candidate' });
    await expect(scheduler.load(broken)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(/^candidate: /) as unknown,
    });
    await scheduler.load(await source(model));
  });
});

/** More than any of the models takes in truth. */
const SIZE = 1024 ** 3;
