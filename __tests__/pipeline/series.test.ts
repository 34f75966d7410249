import { expect, test } from '@jest/globals';
import { lastValues, pointsIn, seriesIn } from '../../src/pipeline/series.ts';

const steps = (file: string, text: string) =>
  seriesIn(file, text).map(({ name, points }) => [
    name,
    points.map((one) => [one.step, one.value]),
  ]);

test('DVCLive has a file for each metric', () => {
  expect(steps('dvclive/plots/metrics/train/loss.tsv', 'step\tloss\n1\t0.5\n2\t0.25\n')).toEqual([
    [
      'train/loss',
      [
        [1, 0.5],
        [2, 0.25],
      ],
    ],
  ]);
});

test('columns of CSV are series by epoch; what is no number is no point', () => {
  expect(steps('log.csv', 'epoch,acc,note\r\n1,0.5,a\r\n2,nan,b\r\n3,0.75,c\r\n')).toEqual([
    [
      'acc',
      [
        [1, 0.5],
        [3, 0.75],
      ],
    ],
  ]);
});

test('a line of JSON that is not written to its end is left out', () => {
  expect(steps('log.jsonl', '{"step":1,"loss":2}\n{"step":2,"loss":1}\n{"step":3,"lo')).toEqual([
    [
      'loss',
      [
        [1, 2],
        [2, 1],
      ],
    ],
  ]);
});

test('the last values of all files are told together, and those of JSON that has no steps', () => {
  const found = [
    ...pointsIn('dvclive/plots/metrics/train/loss.tsv', 'step\tloss\n1\t0.5\n2\t0.25\n'),
    ...pointsIn(
      'dvclive/metrics.json',
      '{"step":2,"train":{"loss":0.25},"acc":0.123456789,"n":"x"}',
    ),
  ];
  expect(lastValues(found)).toBe('step 2: train/loss 0.25, acc 0.1235');
  expect(lastValues([])).toBeUndefined();
});

test('one row, no rows and other files make no series', () => {
  expect(steps('a.csv', 'step,loss\n1,2\n')).toEqual([]);
  expect(steps('a.csv', '')).toEqual([]);
  expect(steps('a.jsonl', '[1]\nnull\n"text"\n')).toEqual([]);
});
