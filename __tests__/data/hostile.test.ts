import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { openDataSet, readWhole } from '../../src/data/index.ts';
import type { InputDescription } from '../../src/project/data-description.ts';

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'data sets '));

async function read(name: string, bytes: string | Uint8Array, x: InputDescription = ['a']) {
  writeFileSync(path.join(folder, name), bytes);
  return readWhole(await openDataSet(folder, { source: name, inputs: { x } }));
}

describe('an error names file, row and column', () => {
  test.each([
    ['a.csv', 'a,b\n1,2\nx,3\n', "a.csv, row 1, column 'a': 'x' is not a number"],
    ['b.csv', 'a,b\n1\n', 'b.csv, row 0: has 1 fields, and the header 2'],
    ['c.csv', 'a,a\n1,2\n', "c.csv, column 'a': the header names it twice"],
    ['d.csv', 'a\n1\nnan\n', "d.csv, row 1, column 'a': has no value"],
    ['e.csv', '', 'e.csv: it is empty'],
    ['f.csv', 'a\n', 'f.csv: it has no examples'],
    ['g.csv', 'a\n"1\n2\n', 'is not CSV'],
    ['h.csv', Buffer.from([0x61, 0x0a, 0xff, 0x0a]), 'is not UTF-8'],
    ['i.csv', 'b\n1\n', "i.csv has no column or array 'a'"],
    ['a.jsonl', '{"a":1}\n{"a":"x"}\n', "a.jsonl, row 1, column 'a': holds 'x'"],
    ['b.jsonl', '{"a":1}\n{"a":\n', 'b.jsonl, row 1: is not JSON'],
    ['c.jsonl', '[1]\n', 'c.jsonl, row 0: is not a JSON object'],
    ['d.jsonl', '', 'd.jsonl: it has no examples'],
    ['e.jsonl', '{"a":[1,2]}\n{"a":[1]}\n', "e.jsonl, row 0, column 'a': holds lists"],
    ['f.jsonl', '{"__proto__":{"a":1},"b":1}\n', "f.jsonl has no column or array 'a'"],
    ['g.parquet', 'PAR1 no', 'g.parquet: cannot be read as Parquet'],
    ['h.parquet', '', 'h.parquet: cannot be read as Parquet'],
    ['i.docx', '', 'its suffix does not tell how to read it'],
  ])('%s', async (name, bytes, message) => {
    await expect(read(name, bytes)).rejects.toThrow(message);
  });

  test('a record without an end is not held', async () => {
    const open = `a\n"${'x\n'.repeat(4 * 1024 * 1024)}`;
    await expect(read('long.csv', open)).rejects.toThrow('is longer than 4194304 characters');
    const line = `{"a":1}\n{"a":"${'x'.repeat(9 * 1024 * 1024)}`;
    await expect(read('long.jsonl', line)).rejects.toThrow('is longer than 4194304 bytes');
  });

  test('a text beyond the categories', async () => {
    const part = { column: 'a', categories: ['y', 'x'], mean: 0, std: 1 };
    const strict = { ...part, encode: 'index', unknown: 'error' } as const;
    await expect(read('k.csv', 'a\nx\nz\n', [strict])).rejects.toThrow(
      "k.csv, row 1, column 'a': 'z' is none of the categories",
    );
    const index = await read('k.csv', 'a\nx\nz\n', [{ ...strict, unknown: 'ignore' }]);
    expect(Array.from(index.inputs.get('x')!.values as Float32Array)).toEqual([1, -1]);
    const loose = { ...part, encode: 'one-hot', unknown: 'ignore' } as const;
    const hot = await read('k.csv', 'a\nx\nz\n', [loose]);
    expect(Array.from(hot.inputs.get('x')!.values as Float32Array)).toEqual([0, 1, 0, 0]);
  });
});

test.each(['snappy.parquet', 'v2.parquet'])('%s cut off or changed anywhere', async (name) => {
  const whole = readFileSync(path.join(fixtures, name));
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255), fc.boolean());
  await fc.assert(
    fc.asyncProperty(change, async ([at, byte, cut]) => {
      const bytes = Buffer.from(cut ? whole.subarray(0, at) : whole);
      if (!cut) bytes[at] = byte;
      try {
        const batch = await read('changed.parquet', bytes, ['double', 'int', 'flag']);
        return batch.inputs.get('x')!.shape[0] === batch.count;
      } catch (thrown) {
        return thrown instanceof Error && thrown.name === 'UserError';
      }
    }),
    { numRuns: 150 },
  );
});

test('CSV gives back whatever was written', async () => {
  // An empty field is no value, and a line of one empty field is none.
  const field = fc.string({ unit: 'binary', minLength: 1 });
  const rows = fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 30 });
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 1, max: 9 }), async (written, size) => {
      const lines = written.map((fields) => fields.map(quote).join(',') + '\n');
      writeFileSync(path.join(folder, 'any.csv'), `a,b\n${lines.join('')}`);
      const data = await openDataSet(folder, {
        source: 'any.csv',
        inputs: {},
        columns: ['a', 'b'],
      });
      const found: unknown[] = [];
      for await (const { count, columns } of data.batches(size)) {
        for (let row = 0; row < count; row++) {
          found.push(
            ['a', 'b'].map((name) => (columns.get(name) as never as { values: [] }).values[row]),
          );
        }
      }
      expect(found).toEqual(written);
    }),
    { numRuns: 30 },
  );
});
