import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { readLockYaml } from '../../src/project/lock-reader.ts';
import { lockYaml } from '../../src/project/lock-text.ts';
import { readValue } from '../../src/project/read-value.ts';
import type { Value } from '../../src/project/value.ts';
import { parseDocuments } from './documents.ts';

const documents = new URL('fixtures/lock-text/documents.jsonl', import.meta.url);

const scalar = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(' ', '\n', 'a', "'", '"', ':', '#', '-', 'ž', '\\') }),
  fc.bigInt(),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.constant(null),
);

/** Lone surrogates are no text: they cannot be in a file. */
const isText = (value: unknown) => typeof value !== 'string' || !/\p{Cs}/u.test(value);

describe('the YAML text of a lock', () => {
  test('is what DVC writes, to the byte, for documents of every kind', () => {
    const all = parseDocuments(readFileSync(documents, 'utf8'));
    expect(all.length).toBe(200);
    for (const { value, text } of all) expect(lockYaml(value)).toBe(text);
  });

  test('is read as by a parser of all YAML, or left to it', () => {
    const all = parseDocuments(readFileSync(documents, 'utf8'));
    const read = all.map(({ text }) => readLockYaml(text));
    for (const [index, value] of read.entries()) {
      if (value) expect(value).toEqual(readValue(all[index]?.text ?? '', 'lock.yaml'));
    }
    expect(read.filter((value) => value !== undefined).length).toBeGreaterThan(50);
  });

  test.each([
    'a: 1\na: 2\n',
    'a: &x 1\nb: *x\n',
    'a: [1, 2]\n',
    'a: 0x10\n',
    'a: "q"\n',
    'a:  1\n',
    'a: 1 # comment\n',
    '- 1\n',
    'a:\n    b: 1\n',
    'a: |\n  text\n',
    'a: 1',
    '',
    '\n',
    '? a\n: 1\n',
    'a: 1\n\nb: 2\n',
    'a: yes: no\n',
    'a: 12e3\n',
  ])('other YAML is left to a parser of all of it: %j', (text) => {
    expect(readLockYaml(text)).toBeUndefined();
  });

  test('a lock with folded commands, parameters and lists is read', () => {
    const text = lockYaml({
      schema: '2.0',
      stages: {
        train: {
          cmd: `python train.py ${'--option value '.repeat(20)}`.trim(),
          deps: [{ path: 'a b', md5: 'x', size: 12n }, { path: 'so: it' }],
          params: { 'params.yaml': { lr: 1e-5, list: [1n, [2.5, null], { k: '12' }], none: null } },
          none: {},
        },
      },
    });
    expect(readLockYaml(text)).toEqual(readValue(text, 'lock.yaml'));
  });

  test('reads back as the same values', () => {
    const key = fc.string({ maxLength: 20 }).filter(isText);
    const values = fc.dictionary(
      key,
      fc.oneof(scalar.filter(isText), fc.array(scalar.filter(isText))),
    );
    fc.assert(
      fc.property(values, (record) => {
        const value: ReadonlyMap<unknown, Value> = new Map(Object.entries(record));
        expect(readValue(lockYaml(value), 'lock.yaml')).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  test('gives keys from 123 characters on a line of their own', () => {
    const [longest, longer] = ['k'.repeat(122), 'k'.repeat(123)];
    expect(lockYaml({ [longest]: 'v' })).toBe(`${longest}: \n  v\n`);
    expect(lockYaml({ [longer]: 'v' })).toBe(`? ${longer}\n: v\n`);
  });

  test('folds a long command behind column 80, and leaves the blank there', () => {
    const cmd = 'python train.py --learning-rate 0.001 --epochs 100 --data data/train.npz --seed 1';
    expect(lockYaml({ stages: { train: { cmd } } })).toBe(
      'stages:\n  train:\n    cmd: python train.py --learning-rate 0.001 --epochs 100 --data \n' +
        '      data/train.npz --seed 1\n',
    );
  });
});
