import { describe, expect, test } from '@jest/globals';
import { withChances } from '../../src/evaluation/chance.ts';
import { meanOf } from '../../src/evaluation/metrics/metric.ts';
import { swapChances } from '../../src/evaluation/statistics/permutation.ts';
import { seededRandom } from '../../src/evaluation/statistics/random.ts';
import { TASKS } from '../../src/evaluation/tasks/index.ts';
import type { Scored } from '../../src/evaluation/tasks/task.ts';
import type { QualityMetric } from '../../src/project/metric-names.ts';
import { classified, reference } from './reference.ts';

const reading = { file: 'test.csv', subject: 'a model', classNames: undefined };

function scored(task: string, truth: readonly number[], answers: readonly number[]): Scored {
  if (task === 'regression') return TASKS.regression.score(truth, answers, reading);
  return classified(
    truth,
    answers.map((score) => [1 - score, score]),
  );
}

function chanceOf(metric: QualityMetric, candidate: Scored, baseline: Scored): number {
  const nothing = { estimate: 0, interval: { low: 0, high: 0 } };
  const compared = { metric, candidate: 0, baseline: 0, regression: nothing };
  return withChances([compared], { candidate, baseline })[0]?.chance ?? NaN;
}

describe('the permutation test', () => {
  const cases = reference.permutations.map(
    (given) => [`${given.metric} of ${given.truth.length}`, given] as const,
  );
  test.each(cases)(
    'equals SciPy: %s',
    (_, { metric, task, truth, ours, theirs, exact, chance }) => {
      const found = chanceOf(metric, scored(task, truth, ours), scored(task, truth, theirs));
      // Two draws of 2,000 and 20,000 exchanges differ by three standard errors at most.
      const noise = 3 * Math.sqrt((chance * (1 - chance)) / 2000) + 2 / 2000;
      expect(Math.abs(found - chance)).toBeLessThan(exact ? 1e-12 : noise);
    },
  );

  test('finds as many differences where there are none as it says', () => {
    const random = seededRandom(4);
    const chances = Array.from({ length: 300 }, () => {
      const mean = meanOf(Float64Array.from({ length: 20 }, () => random()));
      return swapChances(10, [mean], random)[0] ?? NaN;
    });
    const alarms = chances.filter((chance) => chance < 0.1).length / chances.length;
    expect(alarms).toBeGreaterThan(0.05);
    expect(alarms).toBeLessThan(0.15);
  });

  test('of a figure that is NaN tells nothing', () => {
    expect(swapChances(3, [() => NaN], seededRandom(1))).toEqual([NaN]);
    expect(swapChances(30, [() => NaN], seededRandom(1))).toEqual([NaN]);
  });

  test('of equal answers says that chance alone does that', () => {
    const one = scored('regression', [1, 2, 3], [1, 2, 4]);
    expect(chanceOf('rmse', one, one)).toBe(1);
  });
});

test('accuracy goes by McNemar, and answers of two kinds by nothing', () => {
  const truth = Array.from({ length: 12 }, () => 1);
  const answers = (right: number) => truth.map((_, row) => (row < right ? 0.9 : 0.1));
  const ours = scored('classification', truth, answers(10));
  const theirs = scored('classification', truth, answers(0));
  expect(chanceOf('accuracy', ours, theirs)).toBeCloseTo(2 / 2 ** 10, 12);
  const labels = { elementType: 'int32', shape: [12], values: Int32Array.from(truth) } as const;
  const indices = TASKS.classification.score(labels, truth, { ...reading, classNames: ['a', 'b'] });
  expect(chanceOf('log-loss', ours, indices)).toBeNaN();
});
