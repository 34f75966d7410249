import { describe, expect, test } from '@jest/globals';
import { Pieces, piecesOf, withoutValues } from '../../src/evaluation/answering-events.ts';
import type { AllAnswers, ModelAnswers } from '../../src/evaluation/answering.ts';

const answersOf = (values: Float64Array): ModelAnswers => ({
  outputs: { output: 'scores', rowShape: [1], integer: false, values },
  inference: {
    by: 'engine',
    setting: { threads: 1, batch: 1 },
    alone: true,
    byLength: false,
    rate: 1,
    provider: 'cpu',
    fallback: undefined,
  },
});

const timed = { samples: [Float64Array.of(1, 2)], batch: 1, threads: 2 };

describe('answers in pieces', () => {
  test.each([
    [0, undefined],
    [3, 5],
    [4, 8],
    [11, undefined],
  ])('%i and %s values arrive as they were', (ours, theirs) => {
    const counted = (count: number, sign: number) =>
      answersOf(Float64Array.from({ length: count }, (_, at) => sign * at));
    const answers: AllAnswers = {
      candidate: counted(ours, 1),
      baseline: theirs === undefined ? undefined : counted(theirs, -1),
      timed,
    };
    const pieces = new Pieces();
    let largest = 0;
    for (const piece of piecesOf(answers, 4)) {
      largest = Math.max(largest, piece.values.length);
      pieces.put(structuredClone(piece));
    }
    expect(largest).toBeLessThanOrEqual(4);
    const brief = withoutValues(answers);
    expect(brief.candidate.outputs.values).toHaveLength(0);
    expect(pieces.in(brief)).toEqual(answers);
  });

  test('a piece that lies beyond the whole is refused', () => {
    const values = Float64Array.of(1, 2);
    const put = (from: number, size: number) => () => {
      new Pieces().put({ by: 'candidate', from, values, size });
    };
    expect(put(1, 2)).toThrow(RangeError);
    expect(put(0, -1)).toThrow(RangeError);
  });
});
