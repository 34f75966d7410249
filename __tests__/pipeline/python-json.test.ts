import { expect, test } from '@jest/globals';
import { pythonJson } from '../../src/pipeline/python-json.ts';
import type { Value } from '../../src/project/value.ts';

// Each as Python 3.11 prints it: json.dumps(value, sort_keys=True).
test.each<[unknown, string]>([
  [
    [1n, 1, 1.5, -0, 1e16, 1e-5, 123456789012345680000n],
    '[1, 1.0, 1.5, -0.0, 1e+16, 1e-05, 123456789012345680000]',
  ],
  [[true, false, null, [], new Map()], '[true, false, null, [], {}]'],
  [[Infinity, -Infinity, NaN], '[Infinity, -Infinity, NaN]'],
  ['é😀\u007f\n"\\', String.raw`"\u00e9\ud83d\ude00\u007f\n\"\\"`],
  [
    new Map([
      ['b', 1n],
      ['a', 2n],
      ['10', 3n],
      ['9', 4n],
    ]),
    '{"10": 3, "9": 4, "a": 2, "b": 1}',
  ],
  [
    new Map<unknown, Value>([
      [10n, 1n],
      [2n, 2n],
      [1.5, 3n],
      [3, 4n],
    ]),
    '{"1.5": 3, "2": 2, "3.0": 4, "10": 1}',
  ],
])('%p', (value, text) => {
  expect(pythonJson(value)).toBe(text);
});
