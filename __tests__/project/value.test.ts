import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../src/errors.ts';
import { readValue } from '../../src/project/read-value.ts';
import { byCodePoints, plainValue, sameValue } from '../../src/project/value.ts';

describe('values of parameters', () => {
  test('JSON, TOML and YAML keep integers, floats and the order of keys apart', () => {
    const expected = new Map<string, unknown>([
      ['b', 1.0],
      ['10', 1n],
      ['9', new Map([['x', [2n, 2.5, true, 'n1 "s"']]])],
    ]);
    const json = '{"b": 1.0, "10": 1, "9": {"x": [2, 2.5, true, "n1 \\"s\\""]}}';
    const yaml = `b: 1.0\n'10': 1\n'9': {x: [2, 2.5, true, 'n1 "s"']}\n`;
    for (const [text, file] of [
      [json, 'p.json'],
      [yaml, 'p.yaml'],
    ] as const) {
      const value = readValue(text, file);
      expect(value).toEqual(expected);
      expect([...(value as ReadonlyMap<string, unknown>).keys()]).toEqual(['b', '10', '9']);
    }
    const toml = 'b = 1.0\n[c]\nx = [2, 2.5, true]\n';
    expect(readValue(toml, 'p.toml')).toEqual(
      new Map<string, unknown>([
        ['b', 1],
        ['c', new Map([['x', [2n, 2.5, true]]])],
      ]),
    );
  });

  test.each([
    ['1_000', 1000n],
    ['-1_0', -10n],
    ['0b101', 5n],
    ['0o17', 15n],
    ['0xF_F', 255n],
    ['007', 7n],
    ['1_0.5', 10.5],
    ['1e3', 1000],
    ['12345678901234567890', 12345678901234567890n],
    ['.inf', Infinity],
    ['yes', 'yes'],
    ['1.2.3', '1.2.3'],
  ])('the YAML scalar %s is read as DVC reads it', (text, value) => {
    expect(readValue(`key: ${text}\n`, 'params.yaml')).toEqual(new Map([['key', value]]));
  });

  test.each([
    ['params.yaml', 'when: 2024-01-01\n', 'date'],
    ['params.yaml', 'when: 2024-1-1 10:00:00\n', 'date'],
    ['params.toml', 'when = 1979-05-27\n', 'date'],
    ['params.json', '{"a": }', 'does not parse'],
    ['params.py', 'a = 1', 'Python'],
    ['params.yaml', 'a: 1\na: 2\n', 'not valid YAML'],
  ])('%s is refused: %s', (file, text, reason) => {
    expect(() => readValue(text, file)).toThrow(UserError);
    expect(() => readValue(text, file)).toThrow(reason);
  });

  test('equality is that of Python', () => {
    expect(sameValue(1n, 1)).toBe(true);
    expect(sameValue(true, 1n)).toBe(true);
    expect(sameValue(1n, '1')).toBe(false);
    expect(sameValue(null, false)).toBe(false);
    expect(sameValue(2n ** 60n + 1n, 2 ** 60)).toBe(false);
    expect(
      sameValue(
        new Map([
          ['a', 1n],
          ['b', 2n],
        ]),
        new Map([
          ['b', 2],
          ['a', 1],
        ]),
      ),
    ).toBe(true);
    expect(sameValue(new Map([['a', [1n]]]), new Map([['a', [1n, 2n]]]))).toBe(false);
    expect(sameValue([1n], new Map([[0, 1n]]))).toBe(false);
  });

  test('plain values are what JSON can say', () => {
    const value = new Map<unknown, never>([[1n, [1n, 2n ** 70n] as never]]);
    expect(JSON.stringify(plainValue(value))).toBe('{"1":[1,"1180591620717411303424"]}');
  });

  test('text is ordered by code points, not by UTF-16 units', () => {
    expect(['🐎', '．', 'z'].toSorted(byCodePoints)).toEqual(['z', '．', '🐎']);
  });
});
