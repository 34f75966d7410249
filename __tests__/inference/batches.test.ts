import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inBatches, joined } from '../../src/inference/batches.ts';
import type { Tensor } from '../../src/inference/protocol.ts';

function tensor(shape: readonly number[], from = 0): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length: count }, (_, index) => from + index);
  return { elementType: 'float32', shape, values };
}

describe('batches of a request', () => {
  test('every row is in one of them, in its order, and what they give is joined again', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 45 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
        (rows, batch, inner) => {
          const feeds = { a: tensor([rows, ...inner]), b: tensor([rows], 100) };
          const parts = inBatches(feeds, batch);
          expect(parts.length).toBe(Math.ceil(rows / batch));
          for (const { a, b } of parts) {
            expect(a?.shape[0]).toBeLessThanOrEqual(batch);
            expect(b?.shape).toEqual([a?.shape[0]]);
          }
          for (const name of ['a', 'b'] as const) {
            const back = joined(parts.flatMap((part) => part[name] ?? []));
            expect(back).toEqual(feeds[name]);
          }
        },
      ),
    );
  });

  test('without a batch all rows go together, as they are', () => {
    const feeds = { a: tensor([5, 2]) };
    expect(inBatches(feeds, undefined)).toEqual([feeds]);
  });

  test('rows of several shapes are not joined', () => {
    expect(() => joined([tensor([2, 3]), tensor([2, 4])])).toThrow(
      'one batch gives [2, 3], another [2, 4]',
    );
  });
});
