import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { classFigures, classTotals, confusionOf } from '../../src/evaluation/confusion.ts';
import { METRICS } from '../../src/evaluation/metrics/index.ts';
import { QUALITY_METRICS } from '../../src/project/evaluation-policy.ts';
import { predictionsOf, reference } from './reference.ts';

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
    const predictions = predictionsOf(probabilities);
    for (const metric of QUALITY_METRICS) {
      const expected = metrics[metric];
      const actual = METRICS[metric].prepare(predictions, Int32Array.from(labels))?.() ?? NaN;
      if (expected === null) expect([metric, actual]).toEqual([metric, NaN]);
      else expect(Math.abs(actual - expected!)).toBeLessThan(1e-12);
    }
  });

  test.each(reference.classification)(
    'classes: $name',
    ({ labels, probabilities, perClass, confusion }) => {
      const { predicted, classes } = predictionsOf(probabilities);
      const truth = Int32Array.from(labels);
      const figures = classFigures(classTotals(truth, predicted, classes));
      for (const figure of ['precision', 'recall', 'f1', 'support'] as const) {
        expect(figures.map((row) => row[figure])).toEqual(
          perClass[figure].map((value) =>
            value === null ? NaN : (expect.closeTo(value, 12) as unknown),
          ),
        );
      }
      expect(Array.from(confusionOf(truth, predicted, classes)?.counts ?? [])).toEqual(
        confusion.flat(),
      );
    },
  );
});

describe('metrics of resampled examples', () => {
  test('counts mean what repeating the examples means', () => {
    fc.assert(
      fc.property(examples, ({ probabilities, labels, counts }) => {
        const repeated = counts.flatMap((count, row) => Array.from({ length: count }, () => row));
        if (repeated.length === 0) return;
        const some = predictionsOf(repeated.map((row) => probabilities[row]!));
        const someLabels = Int32Array.from(repeated, (row) => labels[row]!);
        for (const metric of QUALITY_METRICS) {
          const { prepare } = METRICS[metric];
          const weighted = prepare(predictionsOf(probabilities), Int32Array.from(labels))?.(counts);
          const plain = prepare(some, someLabels)?.();
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
        const truth = Int32Array.from(labels);
        for (const metric of QUALITY_METRICS) {
          const { prepare, better } = METRICS[metric];
          const best = prepare(predictionsOf(perfect), truth)?.();
          const given = prepare(predictionsOf(probabilities), truth)?.();
          if (best === undefined || given === undefined || Number.isNaN(best)) continue;
          // A correlation is not defined where there is one class alone.
          if (metric === 'matthews' && new Set(labels).size === 1) continue;
          if (better === 'higher') expect(best).toBeGreaterThanOrEqual(given - 1e-12);
          else expect(best).toBeLessThanOrEqual(given + 1e-12);
        }
      }),
    );
  });
});
