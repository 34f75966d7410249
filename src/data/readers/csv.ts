import { createReadStream } from 'node:fs';
import path from 'node:path';
import { TextDecoder } from 'node:util';
import Papa from 'papaparse';
import type { Rows } from '../column.ts';
import { MAX_COLUMNS, MAX_RECORD_BYTES } from '../limits.ts';
import { invalidData } from '../problem.ts';
import type { Reader } from '../reader.ts';
import { RowBuffer } from './records.ts';

interface CsvFile {
  readonly absolute: string;
  readonly file: string;
  readonly delimiter: string;
}

/**
 * CSV with a header, in UTF-8 (RFC 4180). Every field is a text, an empty one is null; numbers are
 * parsed where numbers are wanted.
 */
export async function openCsv(
  folder: string,
  file: string,
  { delimiter }: { readonly delimiter?: string | undefined },
): Promise<Reader> {
  const csv: CsvFile = {
    absolute: path.resolve(folder, file),
    file,
    delimiter: delimiter ?? (file.toLowerCase().endsWith('.tsv') ? '\t' : ','),
  };
  const names = await header(csv);
  return { names, count: undefined, rows: (wanted, most) => readRows(csv, names, wanted, most) };
}

async function header(csv: CsvFile): Promise<readonly string[]> {
  for await (const names of records(csv)) {
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (names.length > MAX_COLUMNS) {
      throw invalidData({ file: csv.file }, `has ${names.length} columns`, 'Write fewer columns.');
    }
    if (twice === undefined) return names;
    throw invalidData(
      { file: csv.file, column: twice },
      'the header names it twice',
      'Give each column a name of its own.',
    );
  }
  throw invalidData({ file: csv.file }, 'it is empty', 'Its first line names the columns.');
}

async function* readRows(
  csv: CsvFile,
  names: readonly string[],
  wanted: readonly string[],
  most: number,
): AsyncGenerator<Rows> {
  const places = wanted.map((name) => names.indexOf(name));
  const buffer = new RowBuffer<string | null>(wanted, (values) => ({ kind: 'texts', values }));
  let row = -1;
  for await (const fields of records(csv)) {
    row += 1;
    if (row === 0) continue;
    if (fields.length !== names.length) {
      throw invalidData(
        { file: csv.file, row: row - 1 },
        `has ${fields.length} fields, and the header ${names.length}`,
        'Quote fields that hold the delimiter or a line break, and fill in what is missing.',
      );
    }
    buffer.add((_, index) => {
      const field = fields[places[index] ?? -1];
      return field === undefined || field === '' ? null : field;
    });
    if (buffer.count === most) yield buffer.take();
  }
  if (buffer.count > 0) yield buffer.take();
}

/** The records of a file, the header first. Empty lines are none. */
async function* records(csv: CsvFile): AsyncGenerator<readonly string[]> {
  const { delimiter } = csv;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let parser: Papa.Parser | undefined;
  let rest = '';
  let row = -1;
  const parse = (text: string, last: boolean): string[][] => {
    parser ??= new Papa.Parser({ delimiter, newline: lineEnd(text) });
    const { data, errors, meta } = parser.parse(text, 0, !last) as Papa.ParseResult<string[]>;
    const [error] = errors;
    if (error) throw malformed(csv, row + (error.row ?? 0), error.message);
    rest = text.slice(meta.cursor);
    row += data.length;
    return data.filter(([first, ...others]) => first !== '' || others.length > 0);
  };
  for await (const chunk of createReadStream(csv.absolute, { highWaterMark: CHUNK_BYTES })) {
    const text = rest + decode(decoder, csv, row, chunk as Buffer);
    yield* parse(text, false);
    if (rest.length <= MAX_RECORD_BYTES) continue;
    throw malformed(csv, row, `the record is longer than ${MAX_RECORD_BYTES} characters`);
  }
  const text = rest + decode(decoder, csv, row);
  if (text !== '') yield* parse(text, true);
}

/** Large enough that the parser's start costs little, small beside MAX_RECORD_BYTES. */
const CHUNK_BYTES = 256 * 1024;

function lineEnd(text: string): '\r\n' | '\n' {
  const first = text.indexOf('\n');
  return first > 0 && text[first - 1] === '\r' ? '\r\n' : '\n';
}

function decode(decoder: TextDecoder, { file }: CsvFile, row: number, chunk?: Buffer): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch (cause) {
    throw invalidData({ file }, `is not UTF-8 after row ${row}`, 'Save the file as UTF-8.', cause);
  }
}

function malformed({ file }: CsvFile, row: number, what: string): Error {
  return invalidData(
    { file, row: Math.max(0, row) },
    `is not CSV: ${what}`,
    'Close every quote, and double those within a field.',
  );
}
