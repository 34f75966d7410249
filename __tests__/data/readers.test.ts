import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDataSet, readWhole, type Column } from '../../src/data/index.ts';
import { inputDescription } from '../../src/project/data-description.ts';

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));

/** The values of a column as JSON has them. */
function plain(column: Column | undefined): unknown[] {
  if (!column) return [];
  if (column.kind === 'files') {
    return column.values.map((file) => file && { hex: Buffer.from(file.bytes).toString('hex') });
  }
  if (column.kind !== 'numbers') return [...column.values];
  const { values, shape, elementType } = column.array;
  const width = values.length / Math.max(1, shape[0] ?? 0);
  return Array.from({ length: shape[0] ?? 0 }, (_, row) => {
    if (column.nulls?.[row] === 1) return null;
    const list = Array.from(values.subarray(row * width, (row + 1) * width) as never, (value) =>
      typeof value === 'bigint' && value > 2n ** 53n ? String(value) : Number(value),
    );
    if (shape.length > 1) return list;
    return elementType === 'bool' ? list[0] === 1 : list[0];
  });
}

const table = JSON.parse(readFileSync(path.join(fixtures, 'table.json'), 'utf8')) as Record<
  string,
  unknown
>[];
const names = Object.keys(table[0] ?? {});

describe('Parquet as pyarrow writes it', () => {
  const files = ['none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4', 'v2'];
  test.each(files)('%s', async (file) => {
    const data = await openDataSet(fixtures, {
      source: `${file}.parquet`,
      inputs: {},
      columns: names,
    });
    expect(data.count).toBe(50);
    for (const size of [50, 7]) {
      const read = new Map<string, unknown[]>(names.map((name) => [name, []]));
      for await (const batch of data.batches(size)) {
        expect(batch.count).toBe(Math.min(size, 50 - batch.from));
        for (const name of names) read.get(name)?.push(...plain(batch.columns.get(name)));
      }
      for (const name of names) {
        const expected = table.map((row) => {
          const value = row[name];
          const bytes = (value as { bytes?: unknown } | null)?.bytes;
          return bytes ?? value;
        });
        expect([name, read.get(name)]).toEqual([name, expected]);
      }
    }
  });

  test('nanoseconds, which pandas gives to all times', async () => {
    const source = 'nanoseconds.parquet';
    const data = await openDataSet(fixtures, { source, inputs: {}, columns: ['when'] });
    const { columns } = await readWhole(data);
    expect(plain(columns.get('when'))).toEqual([1.7e12, null, 1.7e12]);
  });

  test('no rows', async () => {
    const data = await openDataSet(fixtures, { source: 'empty.parquet', inputs: {} });
    await expect(readWhole(data)).rejects.toThrow('empty.parquet: it has no examples');
  });
});

describe('CSV and JSON lines as pandas writes them', () => {
  const text = ['a "quoted" word', 'two\nlines', 'comma, semicolon;', null, 'NA', 'ü'];
  const numbers = [1.5, -2e-7, undefined, 1e300, Infinity, 0.1];

  test.each(['pandas.csv', 'crlf.csv', 'pandas.tsv'])('%s', async (source) => {
    const data = await openDataSet(fixtures, {
      source,
      inputs: {
        x: inputDescription.parse({
          columns: ['id', { column: 'amount', fill: 5 }, 'flag'],
          type: 'float64',
        }),
      },
      columns: ['note'],
    });
    const { inputs, columns, count } = await readWhole(data);
    expect(count).toBe(12);
    expect(plain(columns.get('note')).slice(0, 6)).toEqual(text);
    const x = inputs.get('x')!;
    expect(x.shape).toEqual([12, 3]);
    expect(Array.from(x.values as Float64Array).slice(0, 18)).toEqual(
      numbers.flatMap((value, row) => [row, value ?? 5, row % 2 === 0 ? 1 : 0]),
    );
  });

  test('JSON lines', async () => {
    const data = await openDataSet(fixtures, {
      source: 'pandas.jsonl',
      inputs: { id: 'id' },
      columns: ['note', 'amount', 'flag'],
    });
    const { inputs, columns } = await readWhole(data);
    expect(Array.from(inputs.get('id')!.values as Float64Array)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    ]);
    expect(plain(columns.get('note')).slice(0, 3)).toEqual(text.slice(0, 3));
    // JSON has no infinity: pandas writes null for it.
    expect(plain(columns.get('amount')).slice(0, 6)).toEqual([1.5, -2e-7, null, 1e300, null, 0.1]);
    expect(plain(columns.get('flag')).slice(0, 2)).toEqual([true, false]);
  });
});
