import { describe, expect, test } from '@jest/globals';
import { TASK_METRICS, type TaskName } from '../../src/project/metric-names.ts';
import { metricInfo, TASKS } from '../../src/evaluation/tasks/index.ts';
import type { Labels, RawAnswers, Task } from '../../src/evaluation/tasks/task.ts';
import { reference } from './reference.ts';

const reading = { file: 'test.npz', subject: 'a model', classNames: undefined };

function array(rows: readonly (readonly number[] | number)[]) {
  const [first] = rows;
  const width = Array.isArray(first) ? [first.length] : [];
  const values = Float64Array.from(rows.flat());
  return {
    labels: { elementType: 'float64', shape: [rows.length, ...width], values } as const,
    outputs: { output: 'y', rowShape: width, integer: false, values },
  };
}

function expectMetrics(
  task: Task,
  { labels, answers }: { labels: Labels; answers: RawAnswers },
  metrics: Readonly<Record<string, number | null>>,
) {
  const scored = task.score(labels, answers, reading);
  for (const { name } of task.metrics) {
    const expected = metrics[name];
    if (expected === undefined) throw new Error(`no reference for ${name}`);
    const actual = scored.statistic(name)?.() ?? NaN;
    if (expected === null) expect([name, actual]).toEqual([name, NaN]);
    // MAPE with a truth of 0 is beyond 1e15, where 1e-12 is less than the next float64.
    else
      expect([name, Math.abs(actual - expected) / Math.max(1, Math.abs(expected))]).toEqual([
        name,
        expect.closeTo(0, 12),
      ]);
  }
}

describe('every task', () => {
  test.each(Object.keys(TASK_METRICS) as TaskName[])(
    '%s has the metrics that gates may name',
    (name) => {
      const names = TASKS[name].metrics.map((metric) => metric.name);
      expect([...names].sort()).toEqual([...TASK_METRICS[name]].sort());
      expect(names).toEqual(expect.arrayContaining([...TASKS[name].main]));
    },
  );

  test('means the same by the same name', () => {
    for (const { metrics } of Object.values(TASKS)) {
      for (const { name, title, unit, better } of metrics) {
        expect(metricInfo(name)).toMatchObject({ title, unit, better });
      }
    }
  });
});

describe('regression equals scikit-learn', () => {
  test.each(reference.regression)('$name', ({ truth, predicted, metrics }) => {
    const { labels } = array(truth);
    expectMetrics(TASKS.regression, { labels, answers: array(predicted).outputs }, metrics);
    expectMetrics(TASKS.regression, { labels, answers: predicted }, metrics);
  });

  test.each([
    [[1, 2], [1], /answers 1 examples, and test.npz has 2/],
    [[1, NaN], [1, 2], /the label of example 1 is NaN/],
    [[1, 2], [1, NaN], /gives NaN for 1 of 2 examples, first for example 1/],
    [[1, 2], [1, 'two'], /prediction 1 is not a number/],
    [[1, 2], [[1], [2, 3]], /prediction 1 is not 1 numbers/],
  ])('%j against %j is refused', (labels, answers, message) => {
    expect(() => TASKS.regression.score(array(labels).labels, answers, reading)).toThrow(message);
  });
});

describe('multilabel classification equals scikit-learn', () => {
  test.each(reference.multilabel)('$name', ({ labels, probabilities, metrics }) => {
    const given = { labels: array(labels).labels, answers: array(probabilities).outputs };
    expectMetrics(TASKS.multilabel, given, metrics);
  });

  test('names of classes are as good as indicators', () => {
    const named = { ...reading, classNames: ['a', 'b', 'c'] };
    const lists = TASKS.multilabel.score(
      [['a', 'c'], []],
      [
        [0.9, 0, 0.7],
        [0, 0, 0.8],
      ],
      named,
    );
    expect(lists.right).toEqual(Uint8Array.of(1, 0));
    expect(lists.answer(0)).toMatchObject({ label: 'a, c', answer: 'a, c' });
    expect(lists.answer(1)).toMatchObject({ label: 'none', answer: 'c' });
  });

  test.each([
    [[['d']], /label "d" of example 0 is no class of a model/],
    [[[3]], /label 3 of example 0 is no class/],
  ])('labels %j are refused', (labels, message) => {
    expect(() => TASKS.multilabel.score(labels, [[0, 0, 1]], reading)).toThrow(message);
  });

  test('a row of another width or value is refused', () => {
    const score = (rows: number[][]) =>
      TASKS.multilabel.score(array(rows).labels, [[0, 1]], reading);
    expect(() => score([[0, 1, 0]])).toThrow(/have the shape \[1, 3\], and a model tells 2/);
    expect(() => score([[0, 2]])).toThrow(/hold 2 at example 0/);
  });
});
