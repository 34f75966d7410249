import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { TASKS } from '../../src/evaluation/tasks/index.ts';
import type { RawAnswers, Scored } from '../../src/evaluation/tasks/task.ts';

interface Case {
  readonly name: string;
  readonly labels: readonly unknown[];
  readonly answers: readonly unknown[];
  readonly logits?: readonly (readonly (readonly number[])[])[];
  readonly metrics: Readonly<Record<string, number | null>>;
}

const STRUCTURED = [
  'object-detection',
  'token-classification',
  'retrieval',
  'embeddings',
  'language-model',
] as const;

/** What scripts/peers/statistics.sh wrote; null stands for a figure that is not defined. */
const reference = JSON.parse(
  readFileSync(new URL('fixtures/structured.json', import.meta.url), 'utf8'),
) as Record<(typeof STRUCTURED)[number], Case[]>;

const reading = { file: 'test.jsonl', subject: 'a model', classNames: undefined };

/** The answers of a case; those of language models are too many to be rows. */
function answersOf({ answers, logits }: Case): RawAnswers {
  if (!logits) return answers;
  const rowShape = [logits[0]!.length, logits[0]![0]!.length];
  return { output: 'logits', rowShape, integer: false, values: Float64Array.from(logits.flat(2)) };
}

const cases = STRUCTURED.flatMap((task) =>
  reference[task].map((given) => ({ task, title: given.name, given })),
);

describe('tasks with structured answers equal their peers', () => {
  test.each(cases)('$task: $title', ({ task, given }) => {
    const scored = TASKS[task].score(given.labels, answersOf(given), reading);
    for (const { name } of TASKS[task].metrics) {
      const expected = given.metrics[name];
      const actual = scored.statistic(name)?.() ?? NaN;
      if (expected === undefined) throw new Error(`no reference for ${name}`);
      expect([name, actual]).toEqual([
        name,
        expected === null ? NaN : expect.closeTo(expected, 12),
      ]);
    }
  });

  test.each(cases)('$task: $title, resampled', ({ task, given }) => {
    const scored = TASKS[task].score(given.labels, answersOf(given), reading);
    const rows = Uint32Array.from({ length: scored.examples }, (_, row) => row);
    const all = scored.take(rows);
    const once = new Uint32Array(scored.examples).fill(1);
    const twice = once.map(() => 2);
    const figures = (some: Scored, counts?: Uint32Array) =>
      TASKS[task].metrics.map(({ name }) => some.statistic(name)?.(counts));
    expect(figures(all)).toEqual(figures(scored));
    expect(figures(scored, once)).toEqual(figures(scored));
    figures(scored, twice).forEach((value, index) => {
      const before = figures(scored)[index]!;
      if (Number.isNaN(before)) expect(value).toBeNaN();
      else expect(value).toBeCloseTo(before, 10);
    });
  });
});

describe('what does not belong together is refused', () => {
  const box = { class: 'cat', box: [0, 0, 5, 5] };
  test.each([
    ['object-detection', [[box]], [[box]], /prediction 0 is not a list of boxes .* with a score/],
    ['object-detection', [[{ ...box, box: [0, 0, -5, 5] }]], [[]], /label of example 0 is not/],
    ['object-detection', [[box]], [[{ ...box, score: NaN }]], /prediction 0/],
    ['object-detection', [[box], [box]], [[]], /answers 1 examples, and test.jsonl has 2/],
    ['token-classification', [['O', 'B-X']], [['O']], /has 2 tags, and a model gives 1/],
    ['token-classification', ['O'], [['O']], /is not a list of tags/],
    ['token-classification', [['O']], [{ tags: ['O'] }], /prediction 0 is not a list of tags/],
    ['retrieval', [['a']], ['a'], /prediction 0 is not a list of documents/],
    ['retrieval', [[]], [['a']], /query 0 has no relevant document/],
    ['embeddings', ['a', 'b'], [[1], [2]], /is the only one with its label/],
    ['embeddings', ['a', 'a'], [[1], ['x']], /prediction 1 is not 1 numbers/],
    ['language-model', [[1]], [{ 'log-likelihood': 3, tokens: 1 }], /prediction 0 is not/],
  ] as const)('%s: %j against %j', (task, labels, answers, message) => {
    expect(() => TASKS[task].score(labels, answers, reading)).toThrow(message);
  });

  test('a token that the model does not know', () => {
    const answers = { output: 'y', rowShape: [2, 3], integer: false, values: new Float64Array(6) };
    expect(() => TASKS['language-model'].score([[0, 3]], answers, reading)).toThrow(
      /has token 3, and a model knows 3/,
    );
  });

  test('boxes of a model: corners become sizes, padding is left out', () => {
    const values = Float64Array.of(0, 0, 10, 10, 0.9, 1, 0, 0, 0, 0, 0, 0);
    const outputs = { output: 'y', rowShape: [2, 6], integer: false, values };
    const scored = TASKS['object-detection'].score(
      [[{ class: 1, box: [0, 0, 10, 10] }]],
      outputs,
      reading,
    );
    expect(scored.statistic('map')?.()).toBeCloseTo(1, 12);
  });
});
