import { expect, test } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { coalesced } from '../../src/pipeline/coalesced.ts';

test('who asks while the work is under way shares the next one', async () => {
  let value = 0;
  let running = 0;
  const written: number[] = [];
  const write = coalesced(async () => {
    running += 1;
    expect(running).toBe(1);
    written.push(value);
    await turn();
    running -= 1;
  });
  const all: Promise<void>[] = [];
  for (value of [1, 2, 3]) all.push(write());
  await turn();
  for (value of [4, 5]) all.push(write());
  await Promise.all(all);
  expect(written).toEqual([3, 5]);
});

test('a failure is told to those who shared it, and does not stop the next one', async () => {
  let times = 0;
  const write = coalesced(() => {
    times += 1;
    return times === 1 ? Promise.reject(new Error('the disk is full')) : Promise.resolve();
  });
  const first = [write(), write()];
  for (const one of first) await expect(one).rejects.toThrow('the disk is full');
  await write();
  expect(times).toBe(2);
});
