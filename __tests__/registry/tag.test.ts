import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareVersions, parseReference, parseTag } from '../../src/registry/tag.ts';
import { measure } from '../cpu-time.ts';

describe('tags', () => {
  test.each([
    ['digits@v1.2.0', { action: 'register', model: 'digits', version: 'v1.2.0' }],
    ['digits@v1.2.0-rc.1+build.5', { action: 'register', version: 'v1.2.0-rc.1+build.5' }],
    ['v1.2.0', { action: 'register', model: undefined, version: 'v1.2.0' }],
    ['digits@v1.2.0!', { action: 'deregister', version: 'v1.2.0' }],
    ['digits@v1.2.0!#4', { action: 'deregister', version: 'v1.2.0', counter: 4 }],
    ['digits#production#3', { action: 'assign', environment: 'production', counter: 3 }],
    ['digits#production', { action: 'assign', environment: 'production', counter: undefined }],
    ['digits#production!#4', { action: 'unassign', environment: 'production', counter: 4 }],
    ['digits@deprecated', { action: 'deprecate', model: 'digits' }],
    ['nlp/bert@v0.0.1', { action: 'register', model: 'nlp/bert' }],
    ['models/nlp=bert@v0.0.1', { action: 'register', model: 'models/nlp:bert' }],
  ])('%s', (text, expected) => {
    expect(parseTag(text)).toMatchObject({ text, ...expected });
  });

  test.each([
    '',
    'digits',
    'digits@1.2.0',
    'digits@v1.2',
    'digits@v01.2.0',
    'digits@v1.2.0\n',
    'digits@v1.2.0 ',
    '-digits@v1.2.0',
    'digits-@v1.2.0',
    'digits@created',
    'digits@v1.2.0-',
    'digits@v1.2.0-01',
    'digits##1',
    'digits#production#',
    'digits#production#x',
    'ümlaut@v1.0.0',
    'digits;rm -rf@v1.0.0',
    `${'a'.repeat(300)}@v1.0.0`,
  ])('%j means nothing', (text) => {
    expect(parseTag(text)).toBeUndefined();
  });

  const part = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,8}[a-zA-Z0-9]$/);
  const number = fc.nat({ max: 1e9 }).map(String);
  const version = fc
    .tuple(number, number, number, fc.option(fc.stringMatching(/^[a-z]{1,4}(\.[1-9]{1,4})?$/)))
    .map(([a, b, c, pre]) => `v${a}.${b}.${c}${pre === null ? '' : `-${pre}`}`);

  test('are read back from what they are made of', () => {
    fc.assert(
      fc.property(part, part, version, fc.option(fc.nat()), (model, environment, of, counter) => {
        const tail = counter === null ? '' : `#${counter}`;
        const count = counter ?? undefined;
        expect(parseTag(`${model}@${of}${tail}`)).toMatchObject({
          model,
          version: of,
          counter: count,
        });
        expect(parseTag(`${model}#${environment}${tail}`)).toMatchObject({
          action: 'assign',
          model,
          environment,
          counter: count,
        });
        expect(parseReference(`${model}@${of}`)).toEqual({ by: 'version', model, version: of });
        expect(parseReference(model)).toEqual({ by: 'latest', model });
      }),
    );
  });

  test('never lead out of a folder or into an option, whatever they are', () => {
    const hostile = fc
      .array(
        fc.constantFrom('..', '/', '-', '@', 'v1.0.0', '#', '!', '\\', '\0', '=', 'a', ' ', '$('),
      )
      .map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(hostile, (text) => {
        const tag = parseTag(text);
        if (tag?.model === undefined) return;
        expect(tag.model).not.toMatch(/^-|[\\\0 $]/);
        if ('version' in tag) expect(tag.version).not.toMatch(/[/\\]/);
      }),
      { numRuns: 5_000 },
    );
  });

  test('take no longer for being long', () => {
    const { cpuMs } = measure(() => {
      parseTag(`${'a-'.repeat(100_000)}@v1.0.0!`);
      parseTag(`${'a-/'.repeat(80)}@`);
      parseReference('a');
    });
    expect(cpuMs).toBeLessThan(2000);
  });
});

describe('references', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  test.each([
    [digest, { by: 'digest', digest }],
    ['digits#production', { by: 'environment', model: 'digits', environment: 'production' }],
    ['digits@latest', { by: 'latest', model: 'digits' }],
    ['digits@greatest', { by: 'latest', model: 'digits' }],
    ['v1.0.0', { by: 'version', model: undefined, version: 'v1.0.0' }],
    ['models/nlp:bert@v1.0.0', { by: 'version', model: 'models/nlp:bert', version: 'v1.0.0' }],
  ])('%s', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  test.each(['', '@v1.0.0', 'sha256:abc', '../etc', 'digits@v1', 'digits@v1.0.0!'])(
    '%j names nothing',
    (text) => {
      expect(() => parseReference(text)).toThrow(/names no snapshot/);
    },
  );
});

describe('the order of versions', () => {
  // Section 11 of Semantic Versioning 2.0.0, and numbers that no double holds.
  const ordered = [
    'v1.0.0-alpha',
    'v1.0.0-alpha.1',
    'v1.0.0-alpha.beta',
    'v1.0.0-beta',
    'v1.0.0-beta.2',
    'v1.0.0-beta.11',
    'v1.0.0-rc.1',
    'v1.0.0',
    'v1.0.0+build',
    'v1.9.0',
    'v1.10.0',
    'v99999999999999999998.0.0',
    'v99999999999999999999.0.0',
  ];

  test('is the precedence of Semantic Versioning', () => {
    for (const [i, a] of ordered.entries()) {
      for (const [j, b] of ordered.entries()) {
        expect(Math.sign(compareVersions(a, b))).toBe(Math.sign(i - j));
      }
    }
  });

  test('does not depend on where a sort starts', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(ordered), (shuffled) => {
        const sorted = shuffled.toSorted(compareVersions);
        expect(sorted).toEqual(ordered.filter((version) => shuffled.includes(version)));
      }),
    );
  });
});
