import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import {
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
  type AsyncBuffer,
  type FileMetaData,
  type ParquetScan,
  type RowGroup,
  type SchemaTree,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { messageOf, UserError } from '../../errors.ts';
import { sliceColumn, type Column, type Rows } from '../column.ts';
import { MAX_COLUMN_CHUNK_BYTES, MAX_COLUMNS, WINDOW_BYTES } from '../limits.ts';
import { invalidData } from '../problem.ts';
import type { Reader } from '../reader.ts';
import { numbersChunk, readNumbers } from './parquet-numbers.ts';
import { columnOf, type ValuesPlace } from './plain-values.ts';

/** Apache Parquet, with every codec that pyarrow writes; row group after row group. */
export async function openParquet(folder: string, file: string): Promise<Reader> {
  const absolute = path.resolve(folder, file);
  const metadata = await readMetadata(absolute, file);
  const schema = parquetSchema(metadata);
  return {
    names: [...new Set(schema.children.map(({ element }) => element.name))],
    count: Number(metadata.num_rows),
    rows: (names, most) => readRows({ absolute, file, metadata, schema }, names, most),
  };
}

interface OpenFile {
  readonly absolute: string;
  readonly file: string;
  readonly metadata: FileMetaData;
  readonly schema: SchemaTree;
}

async function readMetadata(absolute: string, file: string): Promise<FileMetaData> {
  const handle = await open(absolute);
  try {
    const metadata = await parquetMetadataAsync(await bufferOf(handle), { geoparquet: false });
    checkMetadata(metadata, file);
    return metadata;
  } catch (thrown) {
    throw damaged(file, thrown);
  } finally {
    await handle.close();
  }
}

/** What a footer claims decides how much is read and decoded: it must hold together. */
function checkMetadata({ num_rows, row_groups, schema }: FileMetaData, file: string): void {
  if (schema.length > MAX_COLUMNS) {
    throw invalidData({ file }, `has ${schema.length} columns`, 'Write fewer columns.');
  }
  const rows = row_groups.reduce((sum, group) => sum + group.num_rows, 0n);
  if (rows !== num_rows || row_groups.some((group) => group.num_rows < 0n)) {
    throw new Error(`its row groups hold ${rows} rows, and the footer says ${num_rows}`);
  }
  for (const { columns } of row_groups) {
    for (const { meta_data: column } of columns) {
      if (!column || column.total_uncompressed_size <= MAX_COLUMN_CHUNK_BYTES) continue;
      throw invalidData(
        { file, column: column.path_in_schema.join('.') },
        `a row group holds ${column.total_uncompressed_size} bytes`,
        `At most ${MAX_COLUMN_CHUNK_BYTES} can be read: write smaller row groups (row_group_size).`,
      );
    }
  }
}

async function* readRows(
  { absolute, file, metadata, schema }: OpenFile,
  names: readonly string[],
  most: number,
): AsyncGenerator<Rows> {
  const handle = await open(absolute);
  try {
    const buffer = await bufferOf(handle);
    const scan = await parquetScan({
      file: buffer,
      metadata,
      columns: [...names],
      compressors: checkedCompressors,
      utf8: false,
    });
    const source = { file: buffer, compressors: checkedCompressors };
    let start = 0;
    for (const group of metadata.row_groups) {
      const end = start + Number(group.num_rows);
      const window = windowRows(group, names);
      for (let from = start; from < end; from += window) {
        const to = Math.min(end, from + window);
        const columns = new Map<string, Column>();
        for (const name of names) {
          const chunk = numbersChunk(source, schema, group, name);
          columns.set(
            name,
            chunk
              ? await readNumbers(chunk, from - start, to - start)
              : await readOther(scan, { file, column: name, row: from }, to),
          );
        }
        yield* slices(from, to - from, columns, most);
      }
      start = end;
    }
  } catch (thrown) {
    throw damaged(file, thrown);
  } finally {
    await handle.close();
  }
}

/** How many rows of a group to decode at a time, by what its columns take in memory. */
function windowRows(group: RowGroup, names: readonly string[]): number {
  const rows = Number(group.num_rows);
  const wanted = group.columns.filter(({ meta_data: column }) =>
    names.includes(column?.path_in_schema[0] ?? ''),
  );
  const bytes = wanted.reduce((sum, { meta_data: column }) => {
    // A dictionary unpacks to a value for each row, however small its pages are.
    return sum + Math.max(Number(column?.total_uncompressed_size ?? 0n), 8 * rows);
  }, 0);
  return Math.max(1, Math.min(rows, Math.floor((WINDOW_BYTES * rows) / Math.max(1, bytes))));
}

function* slices(
  start: number,
  count: number,
  columns: ReadonlyMap<string, Column>,
  most: number,
): Generator<Rows> {
  for (let from = 0; from < count; from += most) {
    const to = Math.min(count, from + most);
    const part = Array.from(columns, ([name, column]): [string, Column] => [
      name,
      sliceColumn(column, from, to),
    ]);
    yield { from: start + from, count: to - from, columns: new Map(part) };
  }
}

/** Texts, lists, dates and whatever else is no plain number. */
async function readOther(scan: ParquetScan, place: ValuesPlace, to: number): Promise<Column> {
  const { column, row } = place;
  const values = await scan.readColumn({ column, rowStart: row, rowEnd: to });
  if (values.length !== to - row) {
    throw new Error(`column '${column}' has ${values.length} values for ${to - row} rows`);
  }
  return columnOf(Array.from(values), place);
}

/** The codecs, each of which allocates what a page's header claims. */
const checkedCompressors = Object.fromEntries(
  Object.entries(compressors).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, length: number) => {
      if (length < 0 || length > MAX_COLUMN_CHUNK_BYTES) {
        throw new Error(`a page claims to unpack to ${length} bytes`);
      }
      return decompress(input, length);
    },
  ]),
);

async function bufferOf(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      if (!(start >= 0 && start <= end && end <= size)) {
        throw new Error(`bytes ${start} to ${end} lie outside the file`);
      }
      const buffer = new ArrayBuffer(end - start);
      const { bytesRead } = await handle.read(new Uint8Array(buffer), 0, end - start, start);
      if (bytesRead < end - start) throw new Error('it became shorter while it was read');
      return buffer;
    },
  };
}

function damaged(file: string, cause: unknown): Error {
  if (cause instanceof UserError) return cause;
  return invalidData(
    { file },
    `cannot be read as Parquet: ${messageOf(cause)}`,
    'Write it with pyarrow or pandas (to_parquet), or fetch it again.',
    cause,
  );
}
