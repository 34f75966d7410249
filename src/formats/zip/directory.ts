import type { Problems } from '../problem.ts';
import type { Source } from '../source.ts';
import { MAX_MEMBERS } from '../limits.ts';

/** APPNOTE 4.3.16: the end record has 22 bytes and a comment of up to 65,535. */
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;

const END_SIGNATURE = 0x06054b50;
const ZIP64_LOCATOR_SIGNATURE = 0x07064b50;
const ZIP64_END_SIGNATURE = 0x06064b50;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;

/** The header id of zip64's extra field. */
const ZIP64_EXTRA = 0x0001;

/** One record of the central directory. */
export interface DirectoryEntry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Of the local header, from the start of the source. */
  readonly headerOffset: number;
  /** The Unix file type of the external attributes; 0 where there is none. */
  readonly fileType: number;
}

export interface Directory {
  readonly entries: readonly DirectoryEntry[];
  /** Where the directory starts, and where the end record ends. */
  readonly start: number;
  readonly end: number;
}

/** Reads the last central directory of a zip file; undefined where there is none. */
export function readDirectory(source: Source, problems: Problems): Directory | undefined {
  const end = findEnd(source);
  if (end === undefined) return undefined;
  const record = view(source, end, END_BYTES);
  let count = record.getUint16(10, true);
  let size = record.getUint32(12, true);
  let offset = record.getUint32(16, true);
  let tail = end;
  const zip64 = readZip64End(source, end);
  if (zip64) {
    ({ count, size, offset } = zip64);
    tail = zip64.position;
  }
  // Bytes before the archive shift every offset in it; readers agree to make up for that.
  const shift = tail - size - offset;
  const start = offset + shift;
  if (shift < 0 || start < 0) {
    problems.add('malformed', 'the central directory lies outside the file', end);
    return undefined;
  }
  const entries = readEntries(source, { start, end: tail, count, shift }, problems);
  const commentBytes = record.getUint16(20, true);
  return { entries, start, end: Math.min(source.size, end + END_BYTES + commentBytes) };
}

function findEnd(source: Source): number | undefined {
  const length = Math.min(source.size, END_BYTES + MAX_COMMENT_BYTES);
  const base = source.size - length;
  const bytes = source.view(base, length).slice();
  const data = new DataView(bytes.buffer);
  for (let at = bytes.length - END_BYTES; at >= 0; at--) {
    if (bytes[at] === 0x50 && data.getUint32(at, true) === END_SIGNATURE) return base + at;
  }
  return undefined;
}

interface End {
  readonly count: number;
  readonly size: number;
  readonly offset: number;
  readonly position: number;
}

function readZip64End(source: Source, end: number): End | undefined {
  const locator = view(source, end - 20, 20);
  if (locator.byteLength < 20 || locator.getUint32(0, true) !== ZIP64_LOCATOR_SIGNATURE)
    return undefined;
  const claimed = Number(locator.getBigUint64(8, true));
  // It stands right before its locator, also where bytes before the archive shift the claim.
  for (const position of [end - 20 - 56, claimed]) {
    const record = view(source, position, 56);
    if (record.byteLength < 56 || record.getUint32(0, true) !== ZIP64_END_SIGNATURE) continue;
    return {
      count: Number(record.getBigUint64(32, true)),
      size: Number(record.getBigUint64(40, true)),
      offset: Number(record.getBigUint64(48, true)),
      position,
    };
  }
  return undefined;
}

function readEntries(
  source: Source,
  at: { start: number; end: number; count: number; shift: number },
  problems: Problems,
): DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  let position = at.start;
  while (position + ENTRY_BYTES <= at.end) {
    if (entries.length >= MAX_MEMBERS) {
      problems.add('limit', `more than ${MAX_MEMBERS} members`, position);
      break;
    }
    const record = view(source, position, ENTRY_BYTES);
    if (record.byteLength < ENTRY_BYTES || record.getUint32(0, true) !== ENTRY_SIGNATURE) {
      problems.add('malformed', 'the central directory breaks off', position);
      break;
    }
    const lengths = [28, 30, 32].map((field) => record.getUint16(field, true));
    const [nameBytes = 0, extraBytes = 0, commentBytes = 0] = lengths;
    entries.push(readEntry(source, position, { nameBytes, extraBytes, shift: at.shift }));
    position += ENTRY_BYTES + nameBytes + extraBytes + commentBytes;
  }
  if (entries.length !== at.count && entries.length < MAX_MEMBERS) {
    const message = `the end record counts ${at.count} members and the directory has ${entries.length}`;
    problems.add('inconsistent', message, at.end);
  }
  return entries;
}

function readEntry(
  source: Source,
  position: number,
  part: { nameBytes: number; extraBytes: number; shift: number },
): DirectoryEntry {
  const record = view(source, position, ENTRY_BYTES);
  const fields = {
    flags: record.getUint16(8, true),
    method: record.getUint16(10, true),
    crc: record.getUint32(16, true),
    fileType: (record.getUint32(38, true) >>> 28) & 0xf,
  };
  const sizes = {
    compressedSize: record.getUint32(20, true),
    size: record.getUint32(24, true),
    headerOffset: record.getUint32(42, true),
  };
  const name = text(source, position + ENTRY_BYTES, part.nameBytes);
  const extra = source.view(position + ENTRY_BYTES + part.nameBytes, part.extraBytes);
  applyZip64(extra, sizes, ['size', 'compressedSize', 'headerOffset']);
  return { name, ...fields, ...sizes, headerOffset: sizes.headerOffset + part.shift };
}

/** Replaces the sizes that are 0xffffffff by those of zip64's extra field, which stand in order. */
export function applyZip64<K extends string>(
  extra: Uint8Array,
  sizes: Record<K, number>,
  order: readonly K[],
): void {
  const data = new DataView(extra.buffer, extra.byteOffset, extra.length);
  for (let at = 0; at + 4 <= extra.length;) {
    const length = data.getUint16(at + 2, true);
    if (data.getUint16(at, true) === ZIP64_EXTRA) {
      let field = at + 4;
      const end = Math.min(field + length, extra.length);
      for (const key of order) {
        if (sizes[key] !== 0xffffffff || field + 8 > end) continue;
        sizes[key] = Number(data.getBigUint64(field, true));
        field += 8;
      }
      return;
    }
    at += 4 + length;
  }
}

/** A view of `length` bytes that lives only until the source is read again; shorter at its end. */
export function view(source: Source, offset: number, length: number): DataView {
  const bytes = offset < 0 ? new Uint8Array(0) : source.view(offset, length);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

export function text(source: Source, offset: number, length: number): string {
  return new TextDecoder().decode(source.view(offset, length));
}
