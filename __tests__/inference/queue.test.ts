import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { Queue } from '../../src/inference/queue.ts';

const ignore = () => undefined;

describe('Queue', () => {
  test('a request that failed while nobody waited is told of at the end', async () => {
    const queue = new Queue<string>();
    queue.add('a', Promise.reject(new Error('no room for the request')), ignore);
    queue.add('b', setTimeout(1), ignore);
    // As between two requests: there is nothing to wait for yet.
    await queue.shrinkTo(3);
    await setTimeout(5);
    await expect(queue.shrinkTo(0)).rejects.toThrow('no room for the request');
  });

  test('the next request goes to who has least to do', async () => {
    const queue = new Queue<string>();
    queue.add('a', setTimeout(1), ignore);
    expect(queue.idlest(['a', 'b'])).toBe('b');
    queue.add('b', setTimeout(1000, undefined, { ref: false }), ignore);
    queue.add('b', setTimeout(1000, undefined, { ref: false }), ignore);
    await queue.shrinkTo(2);
    expect(queue.idlest(['b', 'a'])).toBe('a');
    expect(queue.idlest([])).toBeUndefined();
  });

  test('what is asked ahead takes the time from the answer before it', async () => {
    const queue = new Queue<string>();
    const took: number[] = [];
    const note = (_: unknown, ms: number) => void took.push(ms);
    const start = performance.now();
    queue.add('a', setTimeout(100), note);
    queue.add('a', setTimeout(150), note);
    queue.add('b', setTimeout(50), note);
    await queue.shrinkTo(0);
    expect(took).toHaveLength(3);
    const [b, first, second] = took.map(Math.round);
    expect(b).toBeGreaterThanOrEqual(49);
    expect((first ?? 0) + (second ?? 0)).toBeLessThanOrEqual(performance.now() - start + 2);
    expect(second).toBeLessThan(first ?? 0);
  });

  test('an answer that cannot be used is told of as a request that fails', async () => {
    const queue = new Queue<string>();
    queue.add('a', Promise.resolve(), () => {
      throw new Error('it has too few rows');
    });
    await expect(queue.shrinkTo(0)).rejects.toThrow('it has too few rows');
  });
});
