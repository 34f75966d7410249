import type {
  AsyncBuffer,
  ColumnMetaData,
  Compressors,
  DecodedArray,
  PageHeader,
  RowGroup,
  SchemaElement,
  SchemaTree,
} from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { convert, convertWithDictionary, DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { decompressPage, readDataPage, readDataPageV2 } from 'hyparquet/src/datapage.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { messageOf } from '../../errors.ts';
import type { ElementType } from '../../formats/nd-array.ts';
import type { Column } from '../column.ts';
import { NumbersBuilder } from './plain-values.ts';

type Decoder = Parameters<typeof readDataPage>[2];

/** A column of a row group, which is a plain number in each row, or nothing. */
export interface NumbersChunk {
  readonly file: AsyncBuffer;
  readonly column: ColumnMetaData;
  /** From the root of the schema to the leaf. */
  readonly path: readonly [root: SchemaTree, leaf: SchemaTree];
  readonly elementType: ElementType;
  readonly compressors: Compressors;
  /** In the row group. */
  readonly rows: number;
}

/** The chunk of a column of plain numbers; undefined for any other. */
export function numbersChunk(
  source: Pick<NumbersChunk, 'file' | 'compressors'>,
  root: SchemaTree,
  group: RowGroup,
  name: string,
): NumbersChunk | undefined {
  const leaf = root.children.find(({ element }) => element.name === name);
  const elementType = leaf?.children.length === 0 ? elementTypeOf(leaf.element) : undefined;
  const chunk = group.columns.find(({ meta_data: of }) => of?.path_in_schema[0] === name);
  const column = chunk?.meta_data;
  if (!leaf || !elementType || !column || chunk.file_path) return undefined;
  return { ...source, column, path: [root, leaf], elementType, rows: Number(group.num_rows) };
}

/** The element type of a leaf of plain numbers; undefined for texts, dates, decimals and bytes. */
function elementTypeOf(element: SchemaElement): ElementType | undefined {
  const { type, converted_type: converted, repetition_type: repetition } = element;
  const { type: meaning = 'INTEGER' } = element.logical_type ?? {};
  if (repetition === 'REPEATED') return undefined;
  if (type === 'FLOAT') return 'float32';
  if (type === 'DOUBLE') return 'float64';
  if (type === 'BOOLEAN') return 'bool';
  // Times in nanoseconds, as pandas has them, have no converted type.
  if ((type !== 'INT32' && type !== 'INT64') || meaning !== 'INTEGER') return undefined;
  if (converted === undefined) return type === 'INT32' ? 'int32' : 'int64';
  const [, unsigned, bits] = /^(U?)INT_(8|16|32|64)$/.exec(converted) ?? [];
  return bits === undefined ? undefined : (`${unsigned ? 'u' : ''}int${bits}` as ElementType);
}

/**
 * The rows `from` to `to` of a chunk. Pages are decoded by hyparquet and go straight to their place:
 * as it puts columns together itself, where nulls are allowed, a list of JavaScript numbers grows one
 * by one, which takes several times as long (parquet-format, "Data Pages" and "Nested Encoding").
 * @throws Error that names the column, where a page is not what its header or the row group claims
 */
export async function readNumbers(chunk: NumbersChunk, from: number, to: number): Promise<Column> {
  const { file, column, elementType, rows } = chunk;
  // Some write 0 where there is no dictionary.
  const { dictionary_page_offset: dictionary = 0n, data_page_offset: data } = column;
  const offset = dictionary === 0n ? data : dictionary;
  const bytes = await file.slice(Number(offset), Number(offset + column.total_compressed_size));
  const numbers = new NumbersBuilder(to - from, elementType);
  try {
    for (const page of pages(bytes, decoderOf(chunk), { rows, from, to })) {
      const { start, count, values, levels } = page;
      const present = levels.filter((level) => level === 1).length;
      if (values.length === count) numbers.set(values, start - from);
      else if (levels.length === count && values.length === present) {
        numbers.setSome(values, levels, start - from);
      } else throw new Error(`a page has ${values.length} values for ${count} rows`);
    }
  } catch (cause) {
    throw new Error(`column '${column.path_in_schema.join('.')}': ${messageOf(cause)}`, { cause });
  }
  return numbers.column();
}

function decoderOf({ column, path, compressors }: NumbersChunk): Decoder {
  const { type, codec, path_in_schema: pathInSchema } = column;
  const [, { element }] = path;
  const parsers = DEFAULT_PARSERS;
  return { pathInSchema, type, codec, element, schemaPath: [...path], parsers, compressors };
}

interface Page {
  /** Of its first row in the row group. */
  readonly start: number;
  readonly count: number;
  /** Without those that are missing. */
  readonly values: DecodedArray;
  /** For each row, 1 where it has a value; may be empty where none is missing. */
  readonly levels: readonly number[];
}

/** The pages that have rows of `from` to `to`; those before are not unpacked. */
function* pages(
  bytes: ArrayBuffer,
  decoder: Decoder,
  { rows, from, to }: { readonly rows: number; readonly from: number; readonly to: number },
): Generator<Page> {
  const reader = { view: new DataView(bytes), offset: 0 };
  let dictionary: DecodedArray | undefined;
  for (let start = 0; start < to;) {
    if (reader.offset >= bytes.byteLength) throw new Error(`its pages end after ${start} rows`);
    const header = parquetHeader(reader);
    const packed = new Uint8Array(bytes, reader.offset, header.compressed_page_size);
    reader.offset += packed.length;
    if (header.type === 'DICTIONARY_PAGE') {
      dictionary = readDictionary(packed, header, decoder);
      continue;
    }
    const { num_values: count, encoding } = dataHeader(header);
    if (!(count >= 0 && start + count <= rows)) {
      throw new Error(`a page claims ${count} rows after ${start} of ${rows}`);
    }
    if (start + count > from) {
      const { dataPage, definitionLevels } = readPage(packed, header, decoder);
      // A column without any value may come without one.
      const needed = encoding.endsWith('_DICTIONARY') && dataPage.length > 0;
      if (needed && !dictionary) throw new Error('it has no dictionary');
      const values = convertWithDictionary(dataPage, dictionary, encoding, decoder);
      if (values.includes(undefined)) throw new Error('its dictionary is too short');
      yield { start, count, values, levels: definitionLevels ?? [] };
    }
    start += count;
  }
}

function dataHeader({ type, data_page_header: first, data_page_header_v2: second }: PageHeader) {
  const header = type === 'DATA_PAGE' ? first : type === 'DATA_PAGE_V2' ? second : undefined;
  if (!header) throw new Error(`a page of type ${type} cannot be read`);
  return header;
}

function readPage(packed: Uint8Array, header: PageHeader, decoder: Decoder) {
  const { data_page_header: first } = header;
  if (header.type !== 'DATA_PAGE' || !first) return readDataPageV2(packed, header, decoder);
  return readDataPage(unpacked(packed, header, decoder), first, decoder);
}

function readDictionary(packed: Uint8Array, header: PageHeader, decoder: Decoder): DecodedArray {
  const { num_values: count = 0 } = header.dictionary_page_header ?? {};
  const { buffer, byteOffset, byteLength } = unpacked(packed, header, decoder);
  // Nothing takes less than a bit.
  if (!(count >= 0 && count <= 8 * byteLength)) throw new Error(`a page claims ${count} values`);
  const reader = { view: new DataView(buffer, byteOffset, byteLength), offset: 0 };
  return convert(readPlain(reader, decoder.type, count, undefined), decoder);
}

function unpacked(packed: Uint8Array, header: PageHeader, { codec, compressors }: Decoder) {
  return decompressPage(packed, header.uncompressed_page_size, codec, compressors);
}
