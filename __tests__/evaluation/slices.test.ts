import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judge } from '../../src/evaluation/gates.ts';
import { slicesOf } from '../../src/evaluation/slices.ts';
import { adjusted } from '../../src/evaluation/statistics/correction.ts';
import { lossChance, lossInterval } from '../../src/evaluation/statistics/paired.ts';
import { normalUpperTail } from '../../src/evaluation/statistics/normal.ts';
import { TASKS } from '../../src/evaluation/tasks/index.ts';
import { evaluationPolicy } from '../../src/project/evaluation-policy.ts';
import { reference } from './reference.ts';

const reading = { file: 'test.npz', subject: 'a model', classNames: undefined };
const task = TASKS.classification;

/** Answers of two classes; `wrong` tells which rows are answered wrong. */
function answers(labels: readonly number[], wrong: (row: number) => boolean) {
  const rows = labels.map((label, row) => {
    const right = wrong(row) ? 0.2 : 0.8;
    return label === 1 ? [1 - right, right] : [right, 1 - right];
  });
  return task.score(labels, rows, reading);
}

function judged(
  columns: ReadonlyMap<string, readonly string[]>,
  wrong: (row: number) => boolean,
  gates: object,
  labels = Array.from({ length: 1000 }, (_, row) => row % 2),
) {
  const policy = evaluationPolicy.parse({ data: 'd.npz', inputs: { x: 'x' }, gates });
  const both = { candidate: answers(labels, wrong), baseline: answers(labels, () => false) };
  const slices = slicesOf(task, columns, both, policy, { same: false });
  const measured = {
    qualities: [],
    costs: [],
    slices,
    examples: labels.length,
    compared: 'compared' as const,
    answered: true,
  };
  return { slices, gates: judge(measured, policy) };
}

const byTen = new Map([['part', Array.from({ length: 1000 }, (_, row) => `p${row % 10}`)]]);
const REGRESSION = { accuracy: { 'slice-max-regression': 0.02 } };

describe('slices', () => {
  test('a loss in one slice of ten is found and named', () => {
    const { slices, gates } = judged(byTen, (row) => row % 10 === 3 && row % 3 === 0, REGRESSION);
    expect(slices).toHaveLength(10);
    expect(gates).toMatchObject([
      { rule: 'slice-max-regression', outcome: 'worse', passed: false, slice: 'part = p3' },
    ]);
  });

  test('small slices that tell nothing do not fail, and are not called equal', () => {
    const { gates } = judged(byTen, (row) => row === 13, REGRESSION);
    expect(gates).toMatchObject([{ outcome: 'not-enough-data', passed: true }]);
  });

  test('the lowest slice decides slice-min', () => {
    const gates = { accuracy: { 'slice-min': 0.9 } };
    expect(judged(byTen, (row) => row % 10 === 4 && row % 4 === 0, gates).gates).toMatchObject([
      { rule: 'slice-min', outcome: 'missed', passed: false, slice: 'part = p4' },
    ]);
  });

  test('a slice of one class has no ROC AUC: not measured, which is no pass', () => {
    const labels = Array.from({ length: 100 }, (_, row) => Number(row >= 50));
    const columns = new Map([['half', labels.map(String)]]);
    const gates = { 'roc-auc': { 'slice-min': 0.5, 'slice-max-regression': 0.5 } };
    expect(judged(columns, () => false, gates, labels).gates).toMatchObject([
      { rule: 'slice-min', outcome: 'not-measured', passed: false, slice: 'half = 0' },
      { rule: 'slice-max-regression', outcome: 'not-measured', passed: false },
    ]);
  });

  test('no slices are no pass', () => {
    const { gates } = judged(new Map(), () => false, { accuracy: { 'slice-min': 0.1 } });
    expect(gates).toMatchObject([{ outcome: 'not-measured', passed: false }]);
  });

  test('a column of ids is refused', () => {
    const ids = new Map([['id', Array.from({ length: 1000 }, (_, row) => String(row))]]);
    expect(() => judged(ids, () => false, REGRESSION)).toThrow(/has 1000 values/);
  });

  test('equal models raise hardly any alarm over many slices', () => {
    let alarms = 0;
    for (let run = 0; run < 40; run++) {
      // The candidate breaks as many as it fixes: a shift of who is wrong, and no loss.
      const labels = Array.from({ length: 500 }, (_, row) => (row * 7 + run) % 2);
      const policy = evaluationPolicy.parse({
        data: 'd.npz',
        inputs: { x: 'x' },
        gates: { accuracy: { 'slice-max-regression': 0 } },
      });
      const hash = (row: number) => ((row + 1) * 2654435761 + run * 40503) % 1000;
      const both = {
        candidate: answers(labels, (row) => hash(row) < 50),
        baseline: answers(labels, (row) => hash(row) >= 950),
      };
      const columns = new Map([['part', labels.map((_, row) => `p${row % 10}`)]]);
      const slices = slicesOf(task, columns, both, policy, { same: false });
      const measured = {
        qualities: [],
        costs: [],
        slices,
        examples: 500,
        compared: 'compared' as const,
        answered: true,
      };
      if (judge(measured, policy)[0]?.outcome === 'worse') alarms += 1;
    }
    expect(alarms).toBeLessThanOrEqual(4);
  });
});

describe('the correction for many tests', () => {
  test.each(reference.discoveries)("equals SciPy's false_discovery_control", (given) => {
    adjusted(given.chances, 'benjamini-hochberg').forEach((value, index) => {
      expect(value).toBeCloseTo(given.adjusted[index]!, 14);
    });
  });

  test('Holm rejects as stepping down does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }),
        (all) => {
          const alpha = 0.05;
          const order = all.map((_, i) => i).sort((a, b) => all[a]! - all[b]!);
          const first = order.findIndex((i, rank) => all[i]! * (all.length - rank) > alpha);
          const rejected = new Set(first < 0 ? order : order.slice(0, first));
          adjusted(all, 'holm').forEach((value, i) => {
            expect(value <= alpha).toBe(rejected.has(i));
          });
        },
      ),
    );
  });
});

describe('the normal distribution', () => {
  test.each(reference.tails)("above %d equals SciPy's", (z, expected) => {
    expect(Math.abs(normalUpperTail(z) / expected - 1)).toBeLessThan(1e-12);
  });

  test('the chance of a loss is what its interval says', () => {
    const pairs = { broken: 23, fixed: 9, total: 400 };
    const { low } = lossInterval(pairs, 0.95);
    expect(lossChance(pairs, low)).toBeCloseTo(0.05, 9);
  });
});
