import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkData } from '../../src/data/checks/index.ts';
import { int64, npz } from '../training/data-set.ts';
import { dataChecks } from '../../src/project/data-checks.ts';

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

  test('half precision is read as its values, not as its bits', async () => {
    const data = Uint16Array.from([0x3c00, 0xc000]);
    const arrays = { age: { descr: '<f2', shape: [2], data }, label: int64([2], [0, 1]) };
    writeFileSync(path.join(folder, 'half.npz'), npz(arrays));
    expect(await found('half.npz', { columns: { age: { min: 0, max: 1 } } })).toEqual([
      ['ranges', 'error', "column 'age' goes down to -2; the lowest that may be is 0"],
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
