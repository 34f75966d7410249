import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { classification } from '../../src/evaluation/tasks/classification.ts';
import { classified, reference } from './reference.ts';

/** Rows of weights that sum to 1, coarse enough to tie. */
const distributions = (classes: number, rows: number) =>
  fc
    .array(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: classes, maxLength: classes }), {
      minLength: rows,
      maxLength: rows,
    })
    .map((all) =>
      all.map((row) => {
        const sum = row.reduce((a, b) => a + b, 0);
        return sum === 0 ? row.map(() => 1 / classes) : row.map((weight) => weight / sum);
      }),
    );

const examples = fc
  .tuple(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 1, max: 20 }))
  .chain(([classes, rows]) =>
    fc.record({
      probabilities: distributions(classes, rows),
      labels: fc.array(fc.nat({ max: classes - 1 }), { minLength: rows, maxLength: rows }),
      counts: fc.array(fc.nat({ max: 3 }), { minLength: rows, maxLength: rows }),
    }),
  );

describe('metrics equal scikit-learn', () => {
  test.each(reference.classification)('$name', ({ labels, probabilities, metrics }) => {
    const answers = classified(labels, probabilities);
    for (const { name } of classification.metrics) {
      const expected = metrics[name];
      if (expected === undefined) throw new Error(`no reference for ${name}`);
      const actual = answers.statistic(name)?.() ?? NaN;
      if (expected === null) expect([name, actual]).toEqual([name, NaN]);
      else expect([name, Math.abs(actual - expected) < 1e-12]).toEqual([name, true]);
    }
  });

  test.each(reference.classification)(
    'classes: $name',
    ({ labels, probabilities, perClass, confusion }) => {
      const { classes, confusion: matrix } = classified(labels, probabilities).details();
      for (const figure of ['precision', 'recall', 'f1', 'support'] as const) {
        expect(classes.map((row) => row[figure])).toEqual(
          perClass[figure].map((value) =>
            value === null ? NaN : (expect.closeTo(value, 12) as unknown),
          ),
        );
      }
      expect(Array.from(matrix?.counts ?? [])).toEqual(confusion.flat());
    },
  );
});

describe('metrics of resampled examples', () => {
  test('counts mean what repeating the examples means', () => {
    fc.assert(
      fc.property(examples, ({ probabilities, labels, counts }) => {
        const repeated = counts.flatMap((count, row) => Array.from({ length: count }, () => row));
        if (repeated.length === 0) return;
        const answers = classified(labels, probabilities);
        const some = answers.take(Uint32Array.from(repeated));
        for (const { name } of classification.metrics) {
          const weighted = answers.statistic(name)?.(counts);
          const plain = some.statistic(name)?.();
          if (plain === undefined || Number.isNaN(plain)) expect(weighted).toEqual(plain);
          else expect(weighted).toBeCloseTo(plain, 10);
        }
      }),
    );
  });

  test('perfect answers are the best there is, in the direction that the metric declares', () => {
    fc.assert(
      fc.property(examples, ({ probabilities, labels }) => {
        const classes = probabilities[0]!.length;
        const perfect = labels.map((label) =>
          Array.from({ length: classes }, (_, i) => Number(i === label)),
        );
        for (const { name, better } of classification.metrics) {
          const best = classified(labels, perfect).statistic(name)?.();
          const given = classified(labels, probabilities).statistic(name)?.();
          if (best === undefined || given === undefined || Number.isNaN(best)) continue;
          // A correlation is not defined where there is one class alone.
          if (name === 'matthews' && new Set(labels).size === 1) continue;
          if (better === 'higher') expect(best).toBeGreaterThanOrEqual(given - 1e-12);
          else expect(best).toBeLessThanOrEqual(given + 1e-12);
        }
      }),
    );
  });
});
