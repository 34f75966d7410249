import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkData } from '../../src/data/checks/index.ts';
import { kolmogorovSmirnov } from '../../src/data/checks/kolmogorov-smirnov.ts';
import { categoryStability, numberStability } from '../../src/data/checks/stability.ts';
import { seededRandom } from '../../src/evaluation/statistics/random.ts';
import { dataChecks } from '../../src/project/data-checks.ts';
import { root } from '../cli/model-ci.ts';
import { float32, npz } from '../training/data-set.ts';

interface Case {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly statistic: number;
  readonly p: number;
}

const cases = JSON.parse(
  readFileSync(path.join(root, '__tests__/data/fixtures/drift.json'), 'utf8'),
) as readonly Case[];

describe('drift', () => {
  test.each(cases.map((given, index) => [index, given] as const))(
    'Kolmogorov-Smirnov equals SciPy, case %d',
    (_, { a, b, statistic, p }) => {
      const found = kolmogorovSmirnov(Float64Array.from(a), Float64Array.from(b));
      expect(Math.abs(found.statistic - statistic)).toBeLessThan(1e-12);
      // Beyond 140 SciPy takes an approximation (Pelz and Good) that is good to 6 digits.
      expect(Math.abs(found.chance - p)).toBeLessThan(a.length > 100 ? 1e-6 : 1e-12);
    },
  );

  test('large samples go by the limit', () => {
    const line = (shift: number) =>
      Float64Array.from({ length: 4000 }, (_, at) => at / 4000 + shift);
    expect(kolmogorovSmirnov(line(0), line(0.00001)).chance).toBeCloseTo(1, 6);
    // D = 201 / 4000 and n = 2000: 2 exp(-2 x^2) for x = 2.2534.
    const { statistic, chance } = kolmogorovSmirnov(line(0), line(0.05 + 1 / 8000));
    expect(statistic).toBeCloseTo(201 / 4000, 12);
    expect(chance).toBeCloseTo(7.77e-5, 6);
  });

  test('the stability index is 0 for the same, and by its formula for others', () => {
    const values = Float64Array.from({ length: 1000 }, (_, at) => at);
    expect(numberStability(values, values).index).toBe(0);
    expect(
      numberStability(
        values.map((value) => value + 100),
        values,
      ).index,
    ).toBeGreaterThan(0.25);
    const counts = (a: number, b: number) =>
      new Map([
        ['a', a],
        ['b', b],
      ]);
    expect(categoryStability(counts(50, 50), counts(50, 50)).index).toBe(0);
    const expected = (0.8 - 0.5) * Math.log(0.8 / 0.5) + (0.2 - 0.5) * Math.log(0.2 / 0.5);
    expect(categoryStability(counts(80, 20), counts(50, 50)).index).toBeCloseTo(expected, 12);
  });
});

describe('the share of false alarms', () => {
  const sides = (draw: (random: () => number) => number, count: number) => {
    const random = seededRandom(11);
    return Array.from({ length: 1000 }, () =>
      [0, 0].map(() => Float64Array.from({ length: count }, () => draw(random))),
    );
  };
  const shareBeyond = (found: readonly { readonly beyondChance: boolean }[]) =>
    found.filter(({ beyondChance }) => beyondChance).length / found.length;

  test.each([50, 500])('is about 5 %% where nothing moved, for %d numbers', (count) => {
    const found = sides((random) => random(), count).map(([a, b]) => numberStability(a!, b!));
    expect(shareBeyond(found)).toBeLessThan(0.08);
    expect(shareBeyond(found)).toBeGreaterThan(0.01);
  });

  test('is about 5 % where nothing moved, for categories', () => {
    const counted = (values: Float64Array) => {
      const counts = new Map<string, number>();
      for (const value of values) {
        const name = String(Math.floor(value * 8));
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      return counts;
    };
    const found = sides((random) => random(), 200).map(([a, b]) =>
      categoryStability(counted(a!), counted(b!)),
    );
    expect(shareBeyond(found)).toBeLessThan(0.08);
    expect(shareBeyond(found)).toBeGreaterThan(0.01);
  });
});

describe('columns against the reference', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'drift '));
  const write = (name: string, content: string | Uint8Array) => {
    writeFileSync(path.join(folder, name), content);
    return name;
  };
  const lines = (name: string, rows: readonly object[]) =>
    write(name, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const drift = async (source: string, reference: string) => {
    const checks = dataChecks.parse({ reference });
    const found = await checkData(folder, { source, inputs: {}, labels: undefined, checks });
    return found
      .filter(({ check }) => check === 'drift')
      .map(({ severity, message }) => [severity, message] as const);
  };

  const NOUNS = ['film', 'cast', 'plot', 'score', 'scene', 'actor', 'story', 'ending'];
  const VERBS = ['was', 'felt', 'seemed', 'looked'];
  const WORDS = ['good', 'bad', 'long', 'dull', 'great', 'odd', 'slow', 'bright', 'sad'];
  /** Texts of which hardly two are the same. */
  function reviews(count: number, seed: number, sentences = 3, nouns = NOUNS) {
    const random = seededRandom(seed);
    const one = (from: readonly string[]) => from[Math.floor(random() * from.length)] ?? '';
    return Array.from({ length: count }, () => ({
      review: Array.from({ length: 1 + Math.floor(random() * sentences) }, () =>
        ['the', one(nouns), one(VERBS), one(WORDS)].join(' '),
      ).join('. '),
    }));
  }

  test.each([300, 3000])('%d different texts of one kind have not drifted', async (count) => {
    const reference = lines('reviews.jsonl', reviews(count, 1));
    expect(await drift(lines('more.jsonl', reviews(count, 2)), reference)).toEqual([]);
  });

  test('texts of other words, and longer ones, have drifted', async () => {
    const reference = lines('reviews.jsonl', reviews(3000, 1));
    const food = ['soup', 'waiter', 'menu', 'table', 'wine', 'bill', 'kitchen', 'bread'];
    const others = await drift(lines('food.jsonl', reviews(3000, 2, 3, food)), reference);
    expect(others).toEqual([
      [
        'warning',
        expect.stringMatching(
          /^column 'review' has drifted from reviews\.jsonl: stability index \d\.\d\d of its words$/,
        ),
      ],
    ]);
    const longer = await drift(lines('long.jsonl', reviews(3000, 2, 9)), reference);
    expect(longer).toEqual([
      ['warning', expect.stringContaining('of the lengths of its texts, Kolmogorov-Smirnov')],
    ]);
  });

  test('scripts without spaces are compared by letter', async () => {
    const texts = (letters: string, seed: number) => {
      const random = seededRandom(seed);
      const letter = () => letters[Math.floor(random() * letters.length)] ?? '';
      return Array.from({ length: 2000 }, () => ({
        text: Array.from({ length: 12 }, letter).join(''),
      }));
    };
    const reference = lines('chinese.jsonl', texts('天地人山水火木金土日月星', 1));
    expect(
      await drift(lines('same.jsonl', texts('天地人山水火木金土日月星', 2)), reference),
    ).toEqual([]);
    const [found] = await drift(
      lines('other.jsonl', texts('春夏秋冬東西南北上下左右', 3)),
      reference,
    );
    expect(found?.[0]).toBe('warning');
  });

  test('arrays are compared by their means', async () => {
    const images = (level: number, seed: number) => {
      const random = seededRandom(seed);
      const values = Array.from({ length: 500 * 4 }, () => level + random());
      return npz({ image: float32([500, 2, 2], values) });
    };
    const reference = write('dark.npz', images(0, 1));
    expect(await drift(write('also-dark.npz', images(0, 2)), reference)).toEqual([]);
    expect(await drift(write('bright.npz', images(0.3, 2)), reference)).toEqual([
      ['warning', expect.stringContaining("column 'image' has drifted from dark.npz")],
    ]);
  });

  test('too few examples are told, not taken for drift', async () => {
    const numbers = (count: number, from: number) =>
      Array.from({ length: count }, (_, row) => ({ age: from + ((row * 37) % 50) }));
    const reference = lines('ages.jsonl', numbers(500, 20));
    const found = await drift(lines('few.jsonl', numbers(9, 30)), reference);
    expect(found).toEqual([
      [
        'info',
        expect.stringContaining('may have drifted from ages.jsonl, and the examples are too few'),
      ],
    ]);
  });

  test('what is not compared is told', async () => {
    const reference = lines('then.jsonl', [
      { gone: 1, boxes: [[1, 2]] },
      { gone: 2, boxes: [] },
    ]);
    const now = lines('now.jsonl', [
      { gone: null, boxes: [[3, 4]], more: 1 },
      { gone: null, boxes: [], more: 2 },
    ]);
    expect(await drift(now, reference)).toEqual([
      ['info', "column 'gone' was not compared: it has no values"],
      ['info', "column 'boxes' was not compared: it holds lists or objects"],
      ['info', "column 'more' was not compared: then.jsonl has none"],
    ]);
  });
});
