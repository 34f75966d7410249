import { describe, expect, test } from '@jest/globals';
import { scheduleAt } from '../../src/training/schedule.ts';

describe('learning rate schedules', () => {
  const at = (name: 'constant' | 'cosine' | 'linear', step: number, warmUp = 0, final = 0) =>
    scheduleAt({ name, warmUp, final }, step, 100);

  test('warm up in a line, and reach the rate at its end', () => {
    expect([1, 5, 10].map((step) => at('constant', step, 0.1))).toEqual([0.1, 0.5, 1]);
    expect(at('cosine', 10, 0.1)).toBe(1);
  });

  test('end with the share that was asked for', () => {
    expect(at('constant', 100)).toBe(1);
    expect(at('linear', 100, 0.1, 0.2)).toBeCloseTo(0.2, 12);
    expect(at('cosine', 100, 0.1, 0.2)).toBeCloseTo(0.2, 12);
  });

  test('are half way down in the middle', () => {
    expect(at('linear', 50)).toBeCloseTo(0.5, 12);
    expect(at('cosine', 50)).toBeCloseTo(0.5, 12);
    expect(at('cosine', 25)).toBeCloseTo((1 + Math.SQRT1_2) / 2, 12);
  });
});
