import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { asyncBufferFromFile, parquetMetadataAsync, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { fileURLToPath } from 'node:url';
import { numbersChunk, readNumbers } from '../../src/data/readers/parquet-numbers.ts';

const EXPECTED: Readonly<Record<string, (row: number) => number | bigint | null>> = {
  whole: (row) => row,
  some: (row) => (row % 7 === 0 ? null : row / 4),
  few: (row) => (row % 11 === 0 ? null : BigInt(row % 5)),
  flag: (row) => Number(row % 3 === 0),
};

/** Reads rows of a row group of `pages-V.parquet`, which has pages of some dozens of rows. */
async function opened(version: number) {
  const name = fileURLToPath(new URL(`fixtures/pages-${version}.parquet`, import.meta.url));
  const file = await asyncBufferFromFile(name);
  const metadata = await parquetMetadataAsync(file);
  return (group: number, column: string) => {
    const chunk = numbersChunk(
      { file, compressors },
      parquetSchema(metadata),
      metadata.row_groups[group]!,
      column,
    );
    if (!chunk) throw new Error(`${column} is no column of numbers`);
    return chunk;
  };
}

test.each([1, 2])('any rows of a column, across pages of version %d', async (version) => {
  const chunkOf = await opened(version);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(EXPECTED)),
      fc.constantFrom(0, 1),
      fc.tuple(fc.nat(700), fc.nat(700)),
      async (name, group, ends) => {
        const chunk = chunkOf(group, name);
        const [from = 0, to = 0] = ends
          .map((end) => Math.min(end, chunk.rows))
          .sort((a, b) => a - b);
        const column = await readNumbers(chunk, from, to);
        if (column.kind !== 'numbers') throw new Error(column.kind);
        const read = Array.from<number | bigint, unknown>(column.array.values, (value, row) =>
          column.nulls?.[row] === 1 ? null : value,
        );
        const rows = Array.from({ length: to - from }, (_, row) => 700 * group + from + row);
        expect(read).toEqual(rows.map((row) => EXPECTED[name]?.(row)));
      },
    ),
    { numRuns: 200 },
  );
});

test('more rows than the pages have, or fewer', async () => {
  const chunk = (await opened(1))(0, 'whole');
  await expect(readNumbers({ ...chunk, rows: 800 }, 0, 800)).rejects.toThrow(
    "column 'whole': its pages end after 700 rows",
  );
  await expect(readNumbers({ ...chunk, rows: 620 }, 0, 620)).rejects.toThrow(
    /a page claims \d+ rows after \d+ of 620/,
  );
});

test('a dictionary that is missing, or lacks a value', async () => {
  const chunk = (await opened(1))(0, 'few');
  const column = { ...chunk.column, dictionary_page_offset: 0n };
  await expect(readNumbers({ ...chunk, column }, 0, 700)).rejects.toThrow(
    "column 'few': it has no dictionary",
  );
  let pages = 0;
  const SNAPPY = (input: Uint8Array, length: number) => {
    const page = compressors.SNAPPY!(input, length);
    // Behind the dictionary of five come pages that end with indices of three bits: here 7.
    return pages++ === 0 ? page : page.fill(0xff, -3);
  };
  await expect(readNumbers({ ...chunk, compressors: { SNAPPY } }, 0, 700)).rejects.toThrow(
    "column 'few': its dictionary is too short",
  );
});
