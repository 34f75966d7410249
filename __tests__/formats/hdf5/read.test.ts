import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { lookup3 } from '../../../src/formats/hdf5/checksum.ts';
import { readHdf5, type Hdf5 } from '../../../src/formats/hdf5/file.ts';
import { memorySource } from '../../../src/formats/source.ts';
import { measure } from '../../cpu-time.ts';

// Written by HDF5's own library: scripts/peers/keras-models.py.
const load = (name: string): Uint8Array =>
  readFileSync(new URL(`./files/${name}`, import.meta.url));
const earliest = load('sound-earliest.h5');
const latest = load('sound-latest.h5');
const elsewhere = load('bad-elsewhere.h5');

const read = (bytes: Uint8Array): Hdf5 => readHdf5(memorySource(bytes));

test('lookup3 gives the values of its author', () => {
  expect(lookup3(new Uint8Array(0))).toBe(0xdeadbeef);
  const text = new TextEncoder().encode('Four score and seven years ago');
  expect(lookup3(text)).toBe(0x17770551);
});

describe.each([
  ['the earliest structures', earliest],
  ['the latest structures', latest],
])('%s', (_, bytes) => {
  const file = read(bytes);
  const dataset = (path: string) => file.objects.find((object) => object.path === path)?.dataset;
  const attributes = new Map(
    file.objects.find(({ path }) => path === '/')?.attributes.map((a) => [a.name, a.strings]),
  );

  test('are read without a problem', () => {
    expect(file.problems).toEqual([]);
    expect(file.trailing).toBeUndefined();
  });

  test('attributes: variable and fixed strings, lists, a dozen more', () => {
    expect(attributes.get('fixed')).toEqual(['hello']);
    expect(attributes.get('names')).toEqual(['a', 'bcd']);
    expect(attributes.get('words')).toEqual(['x', 'yy']);
    expect(JSON.parse(attributes.get('model_config')?.[0] ?? '')).toHaveProperty('class_name');
    expect(attributes.size).toBe(17);
    expect(attributes.get('attribute3')).toBeUndefined();
  });

  test('every dataset, once, whatever links lead to it', () => {
    const names = file.objects.filter((object) => object.dataset).map(({ path }) => path);
    expect(names.filter((path) => /^\/(?:many|again)\/w\d+$/.test(path))).toHaveLength(40);
    expect(dataset('/packed')).toMatchObject({
      shape: [10, 10],
      layout: 'chunked',
      filters: [2, 1],
    });
    expect(dataset('/scalar')?.data?.length).toBe(8);
    expect(dataset('/empty')).toMatchObject({ shape: undefined });
    expect(dataset('/committed')).toMatchObject({ shape: [3], type: { size: 4 } });
  });

  test('the values of a dataset lie where it says', () => {
    const { offset = 0 } = dataset('/scalar')?.data ?? {};
    expect(new DataView(bytes.buffer, bytes.byteOffset + offset).getFloat64(0, true)).toBe(1);
  });

  test('cut anywhere, it is never taken for whole', () => {
    for (let end = 0; end < bytes.length; end += end < 4096 ? 1 : 97) {
      expect(read(bytes.subarray(0, end)).problems).not.toEqual([]);
    }
  });
});

test('references to other files are named', () => {
  const { references, objects } = read(elsewhere);
  const external = references.find(({ link }) => link.kind === 'external');
  expect(external?.link).toMatchObject({ file: 'other.h5', target: '/weights' });
  const files = objects.flatMap(({ dataset }) => dataset?.externalFiles ?? []);
  expect(files.toSorted()).toEqual(['raw.bin', 'source.h5']);
});

test('damaged bytes never crash, hang or grow the reading', () => {
  let longest = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(earliest, latest),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 24 }),
      // Half of the changes hit the head, where the structures that lead everywhere stand.
      fc.boolean(),
      (bytes, changes, head) => {
        const copy = Uint8Array.from(bytes);
        for (const [at, value] of changes) copy[at % (head ? 2048 : copy.length)] = value;
        const { value: file, cpuMs } = measure(() => read(copy));
        longest = Math.max(longest, cpuMs);
        expect(file.objects.length).toBeLessThan(2000);
        expect(file.problems.length).toBeLessThanOrEqual(100);
      },
    ),
    { numRuns: 400, seed: 7 },
  );
  expect(longest).toBeLessThan(2000);
});
