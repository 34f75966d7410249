import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  categoryStability,
  kolmogorovSmirnov,
  numberStability,
} from '../../src/data/checks/drift.ts';
import { checkData } from '../../src/data/checks/index.ts';
import { dataChecks } from '../../src/project/data-checks.ts';
import { root } from '../cli/model-ci.ts';

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
    expect(numberStability(values, values)).toBe(0);
    expect(
      numberStability(
        values.map((value) => value + 100),
        values,
      ),
    ).toBeGreaterThan(0.25);
    const counts = (a: number, b: number) =>
      new Map([
        ['a', a],
        ['b', b],
      ]);
    expect(categoryStability(counts(50, 50), counts(50, 50))).toBe(0);
    const expected = (0.8 - 0.5) * Math.log(0.8 / 0.5) + (0.2 - 0.5) * Math.log(0.2 / 0.5);
    expect(categoryStability(counts(80, 20), counts(50, 50))).toBeCloseTo(expected, 12);
  });
});

describe('checkData', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'data checks '));
  const csv = (name: string, rows: readonly (readonly unknown[])[]) => {
    writeFileSync(path.join(folder, name), rows.map((row) => `${row.join(',')}\n`).join(''));
    return name;
  };
  const header = ['age', 'city', 'label'];
  const rows = Array.from({ length: 300 }, (_, row) => [
    20 + (row % 60) + row / 1000,
    row % 2 ? 'Bonn' : 'Köln',
    row % 3,
  ]);
  const found = async (source: string, checks: object = {}) => {
    const all = await checkData(folder, {
      source,
      inputs: { x: [{ column: 'age', mean: 0, std: 1, encode: 'index', unknown: 'error' }] },
      labels: 'label',
      checks: dataChecks.parse(checks),
    });
    return all.map(({ check, severity, message }) => [check, severity, message]);
  };

  test('data as they should be have no findings', async () => {
    const source = csv('good.csv', [header, ...rows]);
    const columns = {
      age: { type: 'numbers', min: 20, max: 80, nulls: 0 },
      city: { type: 'texts' },
    };
    expect(await found(source, { columns, reference: source })).toEqual([]);
  });

  test('what a column must be', async () => {
    const source = csv('bad.csv', [
      header,
      ['', 'Bonn', 0],
      [-5, 'x', 1],
      [200, 'y', 1],
      [3, 'z', 0],
    ]);
    const columns = {
      age: { nulls: 0.1, min: 0, max: 120 },
      city: { type: 'numbers' },
      income: {},
    };
    expect(await found(source, { columns })).toEqual([
      ['nulls', 'error', "column 'age' has no value in 25.0 % of the rows; at most 10.0 % may"],
      ['ranges', 'error', "column 'age' goes down to -5; the lowest that may be is 0"],
      ['ranges', 'error', "column 'age' goes up to 200; the highest that may be is 120"],
      ['schema', 'error', "column 'city' holds texts, and should hold numbers"],
      ['schema', 'error', "column 'income' is not there"],
    ]);
  });

  test('a range of a column without numbers, which nobody could look at', async () => {
    const source = csv('named.csv', [header, ...rows.slice(0, 3)]);
    expect(await found(source, { columns: { city: { min: 0 } } })).toContainEqual([
      'ranges',
      'error',
      "column 'city' holds texts, and only numbers can keep a range",
    ]);
  });

  test('examples that were trained with, and those that are there twice', async () => {
    const train = csv('train.csv', [header, ...rows.slice(0, 100)]);
    const source = csv('leaky.csv', [header, ...rows.slice(90), ...rows.slice(299)]);
    expect(await found(source, { train })).toEqual([
      [
        'leakage',
        'error',
        '10 of 211 examples (4.7 %) are in train.csv, which the model was trained with',
      ],
      [
        'duplicates',
        'warning',
        '1 of 211 examples are given to the model more than once (0.5 %): they count more than others',
      ],
    ]);
  });

  test('classes that are rare or alone', async () => {
    const alone = csv('alone.csv', [header, ...rows.map(([age, city]) => [age, city, 1])]);
    expect(await found(alone)).toEqual([['balance', 'warning', "every example is of class '1'"]]);
    const rare = csv('rare.csv', [
      header,
      ...rows.map(([age, city], row) => [age, city, Number(row === 7)]),
    ]);
    expect(await found(rare)).toEqual([['balance', 'warning', "class '1' has 1 of 300 examples"]]);
  });

  test('columns that moved, are gone, or hold something else', async () => {
    const reference = csv('before.csv', [[...header, 'gone'], ...rows.map((row) => [...row, 1])]);
    const moved = csv('moved.csv', [
      header,
      ...rows.map(([age, city, label]) => [Number(age) + 15, city === 'Bonn' ? 1 : 2, label]),
    ]);
    const findings = await found(moved, { reference });
    expect(findings.map(([check, severity]) => [check, severity])).toEqual([
      ['schema', 'error'],
      ['schema', 'error'],
      ['drift', 'warning'],
    ]);
    expect(findings[0]?.[2]).toBe("column 'city' holds numbers, and in before.csv texts");
    expect(findings[1]?.[2]).toBe("column 'gone' of before.csv is not there");
    expect(findings[2]?.[2]).toMatch(
      /^column 'age' has drifted from before.csv: stability index \d\.\d\d, Kolmogorov-Smirnov 0\.\d+ \(by chance: less than 0\.0001\)$/,
    );
  });
});
