import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { schedule } from '../../src/pipeline/scheduler.ts';
import { Slots, type Lease, type Need } from '../../src/pipeline/slots.ts';

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
};

describe('slots', () => {
  async function granted(slots: Slots, needs: readonly Need[]): Promise<(Lease | undefined)[]> {
    const leases: (Lease | undefined)[] = Array.from({ length: needs.length }, () => undefined);
    for (const [index, need] of needs.entries()) {
      void slots.acquire(need, index).then((lease) => (leases[index] = lease));
    }
    await turns(10);
    return leases;
  }

  test('give each device to one at a time', async () => {
    const slots = new Slots(8, ['0', '1', '2']);
    const [one, two, three] = await granted(slots, [
      { cpus: 1, gpus: 2 },
      { cpus: 1, gpus: 1 },
      { cpus: 1, gpus: 1 },
    ]);
    expect([one?.gpus, two?.gpus, three]).toEqual([['0', '1'], ['2'], undefined]);
  });

  test('a stage that waits for devices lets others have the processors, and keeps the devices', async () => {
    const slots = new Slots(4, ['0', '1']);
    const [small, large, later, plain] = await granted(slots, [
      { cpus: 1, gpus: 1 },
      { cpus: 1, gpus: 2 },
      { cpus: 1, gpus: 1 },
      { cpus: 1, gpus: 0 },
    ]);
    expect([small, large, later, plain].map(Boolean)).toEqual([true, false, false, true]);
  });

  test('who wants more processors than there are gets all of them', async () => {
    const slots = new Slots(2, []);
    const [all, next] = await granted(slots, [
      { cpus: 64, gpus: 0 },
      { cpus: 1, gpus: 0 },
    ]);
    expect([all, next].map(Boolean)).toEqual([true, false]);
  });

  test('once closed, send away who waits and who comes', async () => {
    const slots = new Slots(1, []);
    await slots.acquire({ cpus: 1, gpus: 0 }, 0);
    const waiting = slots.acquire({ cpus: 1, gpus: 0 }, 1);
    slots.close();
    expect(await waiting).toBeUndefined();
    expect(await slots.acquire({ cpus: 1, gpus: 0 }, 2)).toBeUndefined();
  });
});

const CPUS = 3;
const GPUS = ['0', '1'];
const item = fc.record({
  before: fc.array(fc.nat(), { maxLength: 3 }),
  cpus: fc.integer({ min: 1, max: 5 }),
  gpus: fc.integer({ min: 0, max: GPUS.length }),
  turns: fc.nat(20),
});

test('whatever the graph: all is done once, after what is before it, within the slots', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(item, { maxLength: 25 }), async (items) => {
      const slots = new Slots(CPUS, GPUS);
      const order = items.map((_, index) => index);
      const before = (index: number) =>
        index === 0 ? [] : items[index]!.before.map((pick) => pick % index);
      const done = new Set<number>();
      const held = { cpus: 0, gpus: new Set<string>() };
      const results = await schedule(order, before, async (index) => {
        for (const other of before(index)) expect(done).toContain(other);
        const { cpus, gpus, turns: length } = items[index]!;
        const lease = (await slots.acquire({ cpus, gpus }, index))!;
        held.cpus += Math.min(cpus, CPUS);
        expect(held.cpus).toBeLessThanOrEqual(CPUS);
        expect(lease.gpus).toHaveLength(gpus);
        for (const gpu of lease.gpus) {
          expect(held.gpus).not.toContain(gpu);
          held.gpus.add(gpu);
        }
        await turns(length);
        held.cpus -= Math.min(cpus, CPUS);
        for (const gpu of lease.gpus) held.gpus.delete(gpu);
        lease.release();
        expect(done).not.toContain(index);
        done.add(index);
        return index;
      });
      expect(results).toEqual(order);
    }),
    { numRuns: 300 },
  );
});

test('what one of them throws is thrown when the others have ended', async () => {
  const ended: string[] = [];
  const work = async (name: string) => {
    await turns(name === 'slow' ? 20 : 1);
    if (name === 'bad') throw new Error('bad went wrong');
    ended.push(name);
  };
  const after = (name: string) => (name === 'after' ? ['bad'] : []);
  await expect(schedule(['bad', 'slow', 'after'], after, work)).rejects.toThrow('bad went wrong');
  expect(ended).toEqual(['slow']);
});
