import { createReadStream } from 'node:fs';
import path from 'node:path';
import { TextDecoder } from 'node:util';
import { messageOf } from '../../errors.ts';
import type { Rows } from '../column.ts';
import { MAX_COLUMNS, MAX_RECORD_BYTES } from '../limits.ts';
import { invalidData } from '../problem.ts';
import type { Reader } from '../reader.ts';
import { columnOf } from './plain-values.ts';
import { RowBuffer } from './records.ts';

/** One JSON object a line, in UTF-8. A field that a line does not have is null there. */
export async function openJsonLines(folder: string, file: string): Promise<Reader> {
  const absolute = path.resolve(folder, file);
  return {
    names: await firstNames(absolute, file),
    count: undefined,
    rows: (names, most) => readRows(absolute, file, names, most),
  };
}

/** The fields of the first record stand for those of the file. */
async function firstNames(absolute: string, file: string): Promise<readonly string[]> {
  for await (const { record } of records(absolute, file)) {
    const names = Object.keys(record);
    if (names.length <= MAX_COLUMNS) return names;
    throw invalidData({ file, row: 0 }, `has ${names.length} fields`, 'Write fewer fields.');
  }
  throw invalidData(
    { file },
    'it has no examples',
    'Correct the data set, or the stage that writes it.',
  );
}

async function* readRows(
  absolute: string,
  file: string,
  names: readonly string[],
  most: number,
): AsyncGenerator<Rows> {
  const buffer = new RowBuffer<unknown>(names, (values, row, column) =>
    columnOf(values, { file, row, column }),
  );
  for await (const { record } of records(absolute, file)) {
    buffer.add((name) => (Object.hasOwn(record, name) ? record[name] : null));
    if (buffer.count === most) yield buffer.take();
  }
  if (buffer.count > 0) yield buffer.take();
}

type JsonObject = Readonly<Record<string, unknown>>;

async function* records(
  absolute: string,
  file: string,
): AsyncGenerator<{ readonly record: JsonObject }> {
  let row = 0;
  for await (const line of lines(absolute, file)) {
    const text = line.trim();
    if (text === '') continue;
    yield { record: parseRecord(text, file, row) };
    row += 1;
  }
}

function parseRecord(text: string, file: string, row: number): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalidData(
      { file, row },
      `is not JSON: ${messageOf(cause).slice(0, 200)}`,
      'Each line is one whole JSON object.',
      cause,
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as JsonObject;
  }
  throw invalidData({ file, row }, 'is not a JSON object', 'Each line is one whole JSON object.');
}

const NEWLINE = 10;

/** The lines of a file, none of which is held before its limit is checked. */
async function* lines(absolute: string, file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let held: Buffer[] = [];
  let size = 0;
  let number = 0;
  const take = (last: Buffer): string => {
    const bytes = held.length === 0 ? last : Buffer.concat([...held, last]);
    held = [];
    size = 0;
    return decodeLine(decoder, bytes, file, number++);
  };
  for await (const chunk of createReadStream(absolute) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      yield take(chunk.subarray(from, to));
      from = to + 1;
    }
    held.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > MAX_RECORD_BYTES) {
      throw invalidData(
        { file, row: number },
        `is longer than ${MAX_RECORD_BYTES} bytes`,
        'Each line is one JSON object; large values belong into files of their own.',
      );
    }
  }
  if (size > 0) yield take(Buffer.alloc(0));
}

function decodeLine(decoder: TextDecoder, bytes: Buffer, file: string, row: number): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw invalidData({ file, row }, 'is not UTF-8', 'Save the file as UTF-8.', cause);
  }
}
