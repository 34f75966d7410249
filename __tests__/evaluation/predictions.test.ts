import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readClasses } from '../../src/evaluation/tasks/classification-answers.ts';

const outputs = (values: number[], rowShape: number[], integer = false) => ({
  output: 'y',
  rowShape,
  integer,
  values: Float64Array.from(values),
});

const reading = { file: 'test.npz', subject: 'm', classNames: undefined };

describe('readClasses', () => {
  test('logits become a distribution with the same order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -700, max: 700, noNaN: true }), { minLength: 3, maxLength: 3 }),
        (scores) => {
          const { probabilities, predicted } = readClasses(outputs(scores, [3]), 3, reading);
          const given = Array.from(probabilities ?? []);
          expect(given.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 2);
          expect(given.every((p) => p >= 0 && p <= 1)).toBe(true);
          expect(scores[predicted[0]!]).toBe(Math.max(...scores));
        },
      ),
    );
  });

  test('probabilities stay as they are', () => {
    const { scores, probabilities } = readClasses(outputs([0.25, 0.75, 1, 0], [2]), 2, reading);
    expect(scores).toBe('probabilities');
    expect(probabilities).toEqual(Float64Array.of(0.25, 0.75, 1, 0));
  });

  test('one score is that of the second of two classes', () => {
    const probability = readClasses(outputs([0.2, 0.7], []), 2, reading);
    expect(probability.predicted).toEqual(Int32Array.of(0, 1));
    expect(probability.probabilities![3]).toBeCloseTo(0.7);
    const logit = readClasses(outputs([-1, 3], [1]), 2, reading);
    expect(logit.predicted).toEqual(Int32Array.of(0, 1));
    expect(logit.probabilities![3]).toBeCloseTo(1 / (1 + Math.exp(-3)), 12);
  });

  test('the first of equal scores is taken', () => {
    expect(readClasses(outputs([1, 2, 2], [3]), 3, reading).predicted[0]).toBe(1);
  });

  test('a masked class is no mistake', () => {
    const { probabilities } = readClasses(outputs([-Infinity, 0], [2]), 2, reading);
    expect(probabilities).toEqual(Float64Array.of(0, 1));
  });

  test('class indices have no probabilities', () => {
    const read = readClasses(outputs([2, 0], [], true), 3, reading);
    expect(read).toMatchObject({ classes: 3, probabilities: undefined, scores: 'class indices' });
  });

  test.each([
    [[NaN, 1], [2], /gives NaN for 1 of 1 examples/],
    [[Infinity, 1], [2], /gives Infinity/],
    [[1, 2, 3, 4], [2, 2], /gives \[2, 2\] per example/],
    [[], [0], /gives \[0\] per example/],
  ])('%j of shape %j is refused', (values, shape, message) => {
    expect(() => readClasses(outputs(values, shape), 2, reading)).toThrow(message);
  });

  test.each([-1, 3])('class index %d is refused', (index) => {
    expect(() => readClasses(outputs([index], [], true), 3, reading)).toThrow(/predicts class/);
  });
});
