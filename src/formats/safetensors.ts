import { messageOf } from '../errors.ts';
import { decodeUtf8 } from './protobuf.ts';
import { Problems, type Problem } from './problem.ts';
import type { Source } from './source.ts';

/** The format's own limit (MAX_HEADER_SIZE of the reference implementation). */
const MAX_HEADER_BYTES = 100_000_000;

/** The length field before the header. */
const LENGTH_BYTES = 8;

/** Bits of one element, by dtype (safetensors 0.6). */
export const DTYPE_BITS: ReadonlyMap<string, number> = new Map([
  ['BOOL', 8],
  ['F4', 4],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
  ['U8', 8],
  ['I8', 8],
  ['F8_E5M2', 8],
  ['F8_E4M3', 8],
  ['F8_E8M0', 8],
  ['F8_E4M3FNUZ', 8],
  ['F8_E5M2FNUZ', 8],
  ['I16', 16],
  ['U16', 16],
  ['F16', 16],
  ['BF16', 16],
  ['I32', 32],
  ['U32', 32],
  ['F32', 32],
  ['C64', 64],
  ['F64', 64],
  ['I64', 64],
  ['U64', 64],
]);

export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** From the start of the data, in bytes. */
  readonly begin: number;
  readonly end: number;
  /** Keys of its entry that the format does not have. */
  readonly unknownKeys: readonly string[];
}

export interface Safetensors {
  readonly source: Source;
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: ReadonlyMap<string, string>;
  /** Where the data start; undefined where the header could not be read. */
  readonly dataOffset: number | undefined;
  readonly problems: readonly Problem[];
}

/** Reads the header of a safetensors file; the tensors stay where they are. */
export function readSafetensors(source: Source): Safetensors {
  const problems = new Problems();
  const header = readHeader(source, problems);
  const entries: SafetensorsEntry[] = [];
  const metadata = new Map<string, string>();
  for (const [name, value] of Object.entries(header?.value ?? {})) {
    if (name === '__metadata__') readMetadata(value, metadata, problems);
    else readEntry(name, value, entries, problems);
  }
  return { source, entries, metadata, dataOffset: header?.end, problems: problems.list };
}

interface Header {
  readonly value: Readonly<Record<string, unknown>>;
  readonly end: number;
}

function readHeader(source: Source, problems: Problems): Header | undefined {
  if (source.size < LENGTH_BYTES) {
    problems.add('truncated', `${source.size} bytes are too few for a header`, 0);
    return undefined;
  }
  const start = source.view(0, LENGTH_BYTES);
  const length = Number(
    new DataView(start.buffer, start.byteOffset, LENGTH_BYTES).getBigUint64(0, true),
  );
  if (length > MAX_HEADER_BYTES) {
    problems.add(
      'malformed',
      `the header claims ${length} bytes, more than ${MAX_HEADER_BYTES}`,
      0,
    );
    return undefined;
  }
  const end = LENGTH_BYTES + length;
  if (end > source.size) {
    problems.add(
      'truncated',
      `the header claims ${length} bytes and ${source.size - LENGTH_BYTES} follow`,
      0,
    );
    return undefined;
  }
  const value = parseHeader(source.view(LENGTH_BYTES, length), problems);
  return value && { value, end };
}

function parseHeader(bytes: Uint8Array, problems: Problems): Header['value'] | undefined {
  const wrong = (message: string) => {
    problems.add('malformed', `the header ${message}`, LENGTH_BYTES);
  };
  const value = parse(bytes, wrong);
  if (
    value !== undefined &&
    (typeof value !== 'object' || value === null || Array.isArray(value))
  ) {
    wrong('is no object');
    return undefined;
  }
  return value as Header['value'] | undefined;
}

function parse(bytes: Uint8Array, wrong: (message: string) => void): unknown {
  if (bytes[0] !== 0x7b) {
    wrong("does not begin with '{'");
    return undefined;
  }
  const text = decodeUtf8(bytes);
  if (text === undefined) {
    wrong('is not UTF-8');
    return undefined;
  }
  try {
    const value: unknown = JSON.parse(text);
    for (const key of duplicateKeys(text)) wrong(`has the key '${key}' twice`);
    return value;
  } catch (thrown) {
    wrong(`is not JSON: ${messageOf(thrown)}`);
    return undefined;
  }
}

/** Keys that an object of the JSON text holds twice; JSON.parse would keep the last in silence. */
function duplicateKeys(text: string): string[] {
  const duplicates: string[] = [];
  const open: (Set<string> | undefined)[] = [];
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/gs;
  for (const [match, colon] of text.matchAll(token)) {
    if (match === '{') open.push(new Set());
    else if (match === '[') open.push(undefined);
    else if (match === '}' || match === ']') open.pop();
    else if (colon !== undefined) {
      const key = match.slice(0, match.lastIndexOf('"') + 1);
      const keys = open.at(-1);
      if (keys?.has(key)) duplicates.push(key.slice(1, -1));
      keys?.add(key);
    }
  }
  return duplicates;
}

function readMetadata(value: unknown, metadata: Map<string, string>, problems: Problems): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.add('malformed', '__metadata__ is no object', LENGTH_BYTES, '__metadata__');
    return;
  }
  for (const [key, text] of Object.entries(value)) {
    if (typeof text === 'string') metadata.set(key, text);
    else
      problems.add('malformed', `__metadata__ '${key}' is no string`, LENGTH_BYTES, '__metadata__');
  }
}

const isSize = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

function readEntry(
  name: string,
  value: unknown,
  entries: SafetensorsEntry[],
  problems: Problems,
): void {
  const wrong = (message: string): void => {
    problems.add('malformed', message, LENGTH_BYTES, `tensor '${name}'`);
  };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    wrong('is no object');
    return;
  }
  const { dtype, shape, data_offsets: offsets, ...rest } = value as Record<string, unknown>;
  if (typeof dtype !== 'string') wrong('has no dtype');
  else if (!Array.isArray(shape) || !shape.every(isSize)) wrong('has no shape of whole numbers');
  else if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    wrong('has no data_offsets of two whole numbers');
  } else {
    const [begin = 0, end = 0] = offsets;
    entries.push({ name, dtype, shape, begin, end, unknownKeys: Object.keys(rest) });
  }
}
