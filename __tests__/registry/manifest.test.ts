import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  compareNames,
  manifestText,
  parseManifest,
  rootDigest,
  safeName,
  sealed,
  type SnapshotFile,
} from '../../src/registry/manifest.ts';
import { hashBytes } from '../../src/store/hash.ts';

const file = (name: string, content = name): SnapshotFile => ({
  name,
  digest: hashBytes(content),
  size: content.length,
});

const part = fc.stringMatching(/^[\w. ü😀-]{1,6}$/u).filter((name) => !/^\.+$/.test(name));
const name = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const files = fc
  .uniqueArray(name, { minLength: 1, maxLength: 12 })
  .map((names) => names.map((each) => file(each)));

describe('the manifest', () => {
  // Made with model-signing 1.1.1 from files that hold their own names.
  test('has the root digest of the reference implementation', () => {
    const names = ['a.bin', 'a/b', 'a b', 'a-1', 'README.md', 'sub dir/ü/😀', 'sub dir/ü/ﬀ'];
    const snapshot = sealed(names.map((each) => file(each)));
    expect(snapshot.files.map((each) => each.name)).toEqual([
      'README.md',
      'a/b',
      'a b',
      'a-1',
      'a.bin',
      'sub dir/ü/ﬀ',
      'sub dir/ü/😀',
    ]);
    expect(snapshot.digest).toBe(
      'sha256:eb0a8faf84372fef60a9b602babcd0ade7015dd0d52831961abc2f94d64d4aea',
    );
  });

  test('is the same whatever the order of the files', () => {
    fc.assert(
      fc.property(files, fc.nat(), (given, seed) => {
        const rotated = given
          .slice(seed % given.length)
          .concat(given.slice(0, seed % given.length));
        expect(manifestText('m', sealed(rotated))).toBe(manifestText('m', sealed(given)));
      }),
    );
  });

  test('is read back as it was written', () => {
    fc.assert(
      fc.property(files, (given) => {
        const snapshot = sealed(given);
        const read = parseManifest(manifestText('digits', snapshot));
        expect(read).toMatchObject({ model: 'digits', digest: snapshot.digest });
        expect(read.files.map((each) => [each.name, each.digest])).toEqual(
          snapshot.files.map((each) => [each.name, each.digest]),
        );
      }),
    );
  });

  test('changes with every byte, name and file', () => {
    const text = (given: readonly SnapshotFile[]) => manifestText('m', sealed(given));
    const base = text([file('a'), file('b')]);
    expect(text([file('a'), file('b', 'other')])).not.toBe(base);
    expect(text([file('a'), file('c', 'b')])).not.toBe(base);
    expect(text([file('a')])).not.toBe(base);
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['another statement', '{"_type":"https://in-toto.io/Statement/v1"}'],
  ])('cannot be %s', (_what, text) => {
    expect(() => parseManifest(text)).toThrow(/not an OMS v1\.0 statement/);
  });

  test('must add up', () => {
    const text = manifestText('m', sealed([file('a'), file('b')]));
    expect(() => parseManifest(text.replace(hashBytes('a').slice(7), '0'.repeat(64)))).toThrow(
      /root digest/,
    );
    const twice = [file('a'), file('a')];
    expect(() =>
      parseManifest(manifestText('m', { digest: rootDigest(twice), files: twice })),
    ).toThrow(/twice/);
  });

  test.each([
    '../a',
    '/etc/passwd',
    'a/../../b',
    'a//b',
    './a',
    'a\\b',
    'C:/a',
    'a\0b',
    'a\nb',
    '',
  ])('may not name %j', (bad) => {
    expect(() => safeName(bad)).toThrow(/not a path below/);
    const given = [file(bad, 'x')];
    const text = manifestText('m', { digest: rootDigest(given), files: given });
    expect(() => parseManifest(text)).toThrow(/not a path below/);
  });

  test('orders names as a total order', () => {
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        expect(Math.sign(compareNames(a, b))).toBe(-Math.sign(compareNames(b, a)) || 0);
        if (compareNames(a, b) <= 0 && compareNames(b, c) <= 0) {
          expect(compareNames(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });
});
