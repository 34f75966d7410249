import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { Queue } from '../../src/inference/queue.ts';

describe('Queue', () => {
  test('a request that failed while nobody waited is told of at the end', async () => {
    const queue = new Queue<string>();
    queue.add('a', Promise.reject(new Error('no room for the request')));
    queue.add('b', setTimeout(1));
    // As between two requests: there is nothing to wait for yet.
    await queue.shrinkTo(3);
    await setTimeout(5);
    await expect(queue.shrinkTo(0)).rejects.toThrow('no room for the request');
  });

  test('the next request goes to who has least to do', async () => {
    const queue = new Queue<string>();
    queue.add('a', setTimeout(1));
    expect(queue.idlest(['a', 'b'])).toBe('b');
    queue.add('b', setTimeout(1000, undefined, { ref: false }));
    queue.add('b', setTimeout(1000, undefined, { ref: false }));
    await queue.shrinkTo(2);
    expect(queue.idlest(['b', 'a'])).toBe('a');
    expect(queue.idlest([])).toBeUndefined();
  });
});
