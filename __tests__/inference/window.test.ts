import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Batch } from '../../src/data/index.ts';
import { firstBatch, largestBatch, Sequence, workOf } from '../../src/inference/window.ts';
import { texts } from './models.ts';

/** What each batch of a window holds when it is answered from the beginning to the end. */
function cut(window: Batch, batch: number, byLength: boolean) {
  const sequence = new Sequence(window, byLength);
  const parts = [];
  for (let from = 0; from < window.count;) {
    const to = Math.min(window.count, from + sequence.countIn(batch, from));
    parts.push(sequence.part(from, to));
    from = to;
  }
  return parts;
}

const lengths = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 });

describe('Sequence', () => {
  test('the longest texts go together in few, the shortest in many', () => {
    const parts = cut(texts([2, 10, 1, 9, 2, 1]), 12, true);
    expect(parts.map(({ examples }) => [...examples])).toEqual([[1], [3], [0, 4, 2, 5]]);
    expect(parts.map(({ work }) => work)).toEqual([10, 9, 8]);
    expect(parts.map(({ batch }) => batch.inputs.get('ids')?.shape)).toEqual([
      [1, 10],
      [1, 9],
      [4, 2],
    ]);
  });

  test('without an order by length a batch is so many examples as they stand', () => {
    const parts = cut({ ...texts([2, 10, 1, 9, 2]), from: 100 }, 2, false);
    expect(parts.map(({ range }) => range)).toEqual([
      { from: 0, to: 2 },
      { from: 2, to: 4 },
      { from: 4, to: 5 },
    ]);
    expect(parts.map(({ work }) => work)).toEqual([2, 2, 1]);
    expect(parts.flatMap(({ examples }) => [...examples])).toEqual([100, 101, 102, 103, 104]);
  });

  test('each example is answered once, and no batch of several is larger than it may be', () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 200 }), (of, batch) => {
        const parts = cut(texts(of), batch, true);
        const examples = parts.flatMap((part) => [...part.examples]);
        expect(examples.toSorted((a, b) => a - b)).toEqual(of.map((_, row) => row));
        for (const part of parts) {
          if (part.examples.length > 1) expect(part.work).toBeLessThanOrEqual(batch);
        }
      }),
    );
  });
});

describe('the size of a batch', () => {
  test('is told in tokens where texts go together by length, and takes one of any', () => {
    expect(firstBatch(texts([3, 40]), 'throughput', true)).toBe(1024);
    expect(firstBatch(texts([3, 2000]), 'throughput', true)).toBe(2000);
    expect(firstBatch(texts([3, 40]), { 'latency-ms': 5 }, true)).toBe(40);
    expect(largestBatch(texts([3, 40]), true)).toBeGreaterThan(1024);
    expect(workOf(texts([3, 40]), true)).toBe(43);
  });

  test('is told in examples otherwise', () => {
    expect(firstBatch(texts([3, 40]), { 'latency-ms': 5 }, false)).toBe(1);
    expect(firstBatch(texts([3, 40]), 'throughput', false)).toBeLessThanOrEqual(
      largestBatch(texts([3, 40]), false),
    );
    expect(workOf(texts([3, 40]), false)).toBe(2);
  });
});
