import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judge, type GateResult, type Measured } from '../../src/evaluation/gates.ts';
import { verdictOf } from '../../src/evaluation/verdict.ts';
import { evaluationPolicy } from '../../src/project/evaluation-policy.ts';

const policy = (gates: object, more: object = {}) =>
  evaluationPolicy.parse({ data: 'd.npz', inputs: { x: 'x' }, gates, ...more });

/** Accuracy that fell by `estimate`, give or take `reach`. */
function accuracy(estimate: number, reach: number): Measured {
  const interval = { low: estimate - reach, high: estimate + reach };
  return {
    qualities: [
      {
        metric: 'accuracy',
        candidate: 0.9,
        baseline: 0.9 + estimate,
        regression: { estimate, interval },
      },
    ],
    costs: [],
    slices: [],
    examples: 1000,
    compared: 'compared' as const,
    answered: true,
  };
}

const only = (measured: Measured, gates: object, more: object = {}): GateResult => {
  const results = judge(measured, policy(gates, more));
  expect(results).toHaveLength(1);
  return results[0]!;
};

describe('a gate', () => {
  test.each([
    [-0.05, 0.01, 'better', true],
    [-0.005, 0.01, 'equal', true],
    [0.005, 0.004, 'equal', true],
    [0.005, 0.01, 'not-enough-data', false],
    [0.015, 0.01, 'not-enough-data', false],
    [0.05, 0.01, 'worse', false],
  ])('a loss of %d ± %d against 0.01 is %s', (estimate, reach, outcome, passed) => {
    const gate = only(accuracy(estimate, reach), { accuracy: { 'max-regression': 0.01 } });
    expect(gate).toMatchObject({ outcome, passed });
  });

  test('says how many examples would tell, and with so many it does', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -0.05, max: 0.05, noNaN: true }),
        fc.double({ min: 0.001, max: 0.1, noNaN: true }),
        (estimate, reach) => {
          const gates = { accuracy: { 'max-regression': 0.01 } };
          const { outcome, examplesNeeded } = only(accuracy(estimate, reach), gates);
          if (outcome !== 'not-enough-data' || examplesNeeded === undefined) return;
          expect(examplesNeeded).toBeGreaterThanOrEqual(1000);
          const narrower = reach * Math.sqrt(1000 / (examplesNeeded * 1.001));
          expect(only(accuracy(estimate, narrower), gates).outcome).not.toBe('not-enough-data');
        },
      ),
    );
  });

  test('a wider margin never turns a pass into a failure, a larger loss never a failure into a pass', () => {
    const number = fc.double({ min: 0, max: 0.2, noNaN: true });
    fc.assert(
      fc.property(number, number, number, number, (margin, more, loss, reach) => {
        const passes = (m: number, l: number) =>
          only(accuracy(l, reach), { accuracy: { 'max-regression': m } }).passed;
        if (passes(margin, loss)) expect(passes(margin + more, loss)).toBe(true);
        else expect(passes(margin, loss + more)).toBe(false);
      }),
    );
  });

  test('min and max hold in both directions', () => {
    const measured = accuracy(0, 0);
    expect(only(measured, { accuracy: { min: 0.9 } })).toMatchObject({
      outcome: 'met',
      passed: true,
    });
    expect(only(measured, { accuracy: { min: 0.91 } })).toMatchObject({
      outcome: 'missed',
      passed: false,
    });
    expect(only(measured, { accuracy: { max: 0.89 } })).toMatchObject({
      outcome: 'missed',
      passed: false,
    });
  });

  test('on what was not measured fails', () => {
    const gates = { 'log-loss': { 'max-regression': 1 } };
    expect(only(accuracy(0, 0), gates)).toMatchObject({ outcome: 'not-measured', passed: false });
    expect(only(accuracy(0, 0), { 'log-loss': { max: 9 } })).toMatchObject({ passed: false });
  });

  test.each([
    ['pass', true],
    ['fail', false],
    ['absolute-only', undefined],
  ])('without a baseline, %s', (choice, passed) => {
    const none = { ...accuracy(0, 0), compared: 'no-baseline' as const };
    const gate = only(none, { accuracy: { 'max-regression': 0 } }, { 'on-no-baseline': choice });
    expect(gate).toMatchObject({ outcome: 'no-baseline' });
    expect(gate.passed).toBe(passed);
  });

  test('a noisy machine widens the range of a latency and does not fail it; a slow model does', () => {
    const latency = (low: number, high: number): Measured => ({
      qualities: [],
      slices: [],
      costs: [
        {
          metric: 'latency',
          candidate: 1,
          ratio: { estimate: (low + high) / 2, interval: { low, high } },
        },
      ],
      examples: 10,
      compared: 'compared' as const,
      answered: true,
    });
    const gates = { latency: { 'max-ratio': 1.1 } };
    expect(only(latency(0.9, 1.3), gates)).toMatchObject({
      outcome: 'not-enough-data',
      passed: true,
    });
    expect(only(latency(1.2, 1.3), gates)).toMatchObject({ outcome: 'worse', passed: false });
    expect(only(latency(0.8, 0.9), gates)).toMatchObject({ outcome: 'better', passed: true });
  });

  test('of NaN is never a pass', () => {
    const gate = only(accuracy(NaN, NaN), { accuracy: { 'max-regression': 1 } });
    expect(gate.passed).toBe(false);
  });

  test.each([
    [{ accuracy: {} }],
    [{ accuracy: { 'on-not-enough-data': 'pass' } }],
    [{ accuracy: { 'max-ratio': 2 } }],
    [{ latency: { min: 2 } }],
    [{ speed: { max: 2 } }],
  ])('%j is refused', (gates) => {
    expect(() => policy(gates)).toThrow();
  });
});

describe('the verdict', () => {
  const gate = (passed: boolean | undefined, outcome: GateResult['outcome'] = 'met') =>
    ({ passed, outcome }) as GateResult;

  test.each([
    ['accepted', [gate(true), gate(undefined)]],
    ['accepted', []],
    ['undecided', [gate(undefined)]],
    ['undecided', [gate(true), gate(false, 'not-enough-data')]],
    ['rejected', [gate(false, 'worse'), gate(false, 'not-enough-data')]],
    ['rejected', [gate(true), gate(false, 'missed')]],
  ])('%s', (verdict, gates) => {
    expect(verdictOf(gates)).toBe(verdict);
  });
});
