import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rankingOf, rocArea, walk } from '../../src/evaluation/metrics/ranking.ts';

const examples = fc.array(
  fc.record({
    score: fc.oneof(fc.constantFrom(-0, 0, 1, -1, Infinity), fc.double({ noNaN: true })),
    hit: fc.boolean(),
  }),
  { minLength: 1, maxLength: 60 },
);

test('the area under the curve is the share of pairs in the right order, ties at half', () => {
  fc.assert(
    fc.property(examples, (rows) => {
      const ranking = rankingOf(
        rows.length,
        (row) => rows[row]!.score,
        (row) => rows[row]!.hit,
      );
      const scoresOf = (hit: boolean) =>
        rows.filter((row) => row.hit === hit).map(({ score }) => score);
      const pairs = scoresOf(true).flatMap((hit) =>
        scoresOf(false).map((miss) => (hit > miss ? 1 : hit === miss ? 0.5 : 0)),
      );
      const share = pairs.reduce((sum: number, pair) => sum + pair, 0) / pairs.length;
      if (pairs.length > 0) expect(rocArea(ranking)).toBeCloseTo(share, 12);
      else expect(rocArea(ranking)).toBeNaN();

      expect([...ranking.order].sort((a, b) => a - b)).toEqual([...rows.keys()]);
      const stretches: number[] = [];
      walk(ranking, undefined, (hits, misses) => stretches.push(hits + misses));
      expect(stretches).toHaveLength(new Set(rows.map(({ score }) => score)).size);
    }),
  );
});
