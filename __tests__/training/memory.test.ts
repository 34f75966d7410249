import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../src/errors.ts';
import {
  checkMemory,
  memoryAvailable,
  memoryNeeded,
  type MemoryNeeds,
} from '../../src/training/memory.ts';

const GiB = 2 ** 30;
const needs = (other: Partial<MemoryNeeds>): MemoryNeeds => ({
  activations: GiB,
  parameters: GiB / 10,
  states: 2,
  data: GiB / 10,
  ...other,
});

function refusal(task: MemoryNeeds, available: number): UserError {
  try {
    checkMemory(task, available, 64);
  } catch (thrown) {
    if (thrown instanceof UserError) return thrown;
  }
  throw new Error('it was not refused');
}

describe('memory', () => {
  test('what fits is trained', () => {
    const needed = memoryNeeded(needs({}));
    expect(needed).toBeCloseTo(3.2 * GiB, -3);
    checkMemory(needs({}), needed, 64);
  });

  test('large activations are refused, and the batch is named', () => {
    const { message, hint } = refusal(needs({}), 2 * GiB);
    expect(message).toBe('training takes about 3.2 GiB of memory, and 2.0 GiB are free');
    expect(hint).toContain("'batch-size', which is 64");
  });

  test('many weights are refused, and choosing fewer is proposed', () => {
    expect(refusal(needs({ parameters: GiB }), 8 * GiB).hint).toContain('Train fewer weights');
  });

  test('this machine has some', () => {
    expect(memoryAvailable()).toBeGreaterThan(2 ** 20);
  });
});
