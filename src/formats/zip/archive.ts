import { Problems, type Problem } from '../problem.ts';
import { sliceSource, type Source } from '../source.ts';
import {
  applyZip64,
  readDirectory,
  text,
  view,
  type Directory,
  type DirectoryEntry,
} from './directory.ts';

const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;

/** How much of the space between members is searched for more of them. */
const MAX_GAP_BYTES = 64 * 1024 * 1024;

/** Members outside the directory that are reported. */
const MAX_HIDDEN = 1000;

/** Sizes stand behind the data, in a descriptor: flag 3 of the general purpose bits. */
const FLAG_DESCRIPTOR = 0x8;

export interface ZipMember extends DirectoryEntry {
  /** Where its bytes start; undefined where the local header is no header. */
  readonly dataOffset: number | undefined;
  /** Flags of the local header, which some readers go by. */
  readonly localFlags: number;
  /** Whether the central directory lists it: most readers see nothing else. */
  readonly listed: boolean;
}

export interface ZipArchive {
  readonly source: Source;
  readonly members: readonly ZipMember[];
  readonly problems: readonly Problem[];
  /** Where its first member starts, and where its end record and the comment in it end. */
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the members of a zip file as a cautious reader of all kinds would: those of the last
 * central directory, and those that only a scan of local headers finds.
 */
export function readZip(source: Source): ZipArchive {
  const problems = new Problems();
  const directory = readDirectory(source, problems);
  if (!directory) problems.add('truncated', 'there is no central directory', source.size);
  const listed = (directory?.entries ?? []).map((entry) => withLocal(source, entry, problems));
  const hidden = findHidden(source, listed, directory, problems);
  const members = [...listed, ...hidden];
  return {
    source,
    members,
    problems: problems.list,
    start: listed.reduce(
      (least, { headerOffset }) => Math.min(least, headerOffset),
      directory?.start ?? 0,
    ),
    end: directory?.end ?? source.size,
  };
}

/** The bytes of a member as they lie in the file, compressed where it is. */
export function rawMember(archive: ZipArchive, member: ZipMember): Source | undefined {
  if (member.dataOffset === undefined) return undefined;
  return sliceSource(archive.source, member.dataOffset, member.compressedSize);
}

function withLocal(source: Source, entry: DirectoryEntry, problems: Problems): ZipMember {
  const local = readLocal(source, entry.headerOffset);
  if (!local) {
    problems.add('malformed', 'there is no local header', entry.headerOffset, entry.name);
    return { ...entry, dataOffset: undefined, localFlags: entry.flags, listed: true };
  }
  const differ = (what: string) => {
    const message = `directory and local header differ in the ${what}: readers see different files`;
    problems.add('inconsistent', message, entry.headerOffset, entry.name);
  };
  if (local.name !== entry.name) differ('name');
  if (local.method !== entry.method) differ('method');
  const descriptor = (local.flags & FLAG_DESCRIPTOR) !== 0;
  if (!descriptor && local.compressedSize !== entry.compressedSize) differ('compressed size');
  else if (!descriptor && local.size !== entry.size) differ('size');
  if (entry.method === 0 && entry.size !== entry.compressedSize) differ('size of a stored member');
  if (local.dataOffset + entry.compressedSize > source.size) {
    problems.add('truncated', 'the member ends beyond the file', entry.headerOffset, entry.name);
  }
  return { ...entry, dataOffset: local.dataOffset, localFlags: local.flags, listed: true };
}

interface LocalHeader {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly dataOffset: number;
}

function readLocal(source: Source, offset: number): LocalHeader | undefined {
  const record = view(source, offset, LOCAL_BYTES);
  if (record.byteLength < LOCAL_BYTES || record.getUint32(0, true) !== LOCAL_SIGNATURE)
    return undefined;
  const fields = {
    flags: record.getUint16(6, true),
    method: record.getUint16(8, true),
    crc: record.getUint32(14, true),
  };
  const sizes = { compressedSize: record.getUint32(18, true), size: record.getUint32(22, true) };
  const nameBytes = record.getUint16(26, true);
  const extraBytes = record.getUint16(28, true);
  const name = text(source, offset + LOCAL_BYTES, nameBytes);
  const extra = source.view(offset + LOCAL_BYTES + nameBytes, extraBytes);
  applyZip64(extra, sizes, ['size', 'compressedSize']);
  return { name, ...fields, ...sizes, dataOffset: offset + LOCAL_BYTES + nameBytes + extraBytes };
}

/** Local headers that stand where the directory says nothing is. */
function findHidden(
  source: Source,
  listed: readonly ZipMember[],
  directory: Directory | undefined,
  problems: Problems,
): ZipMember[] {
  const hidden: ZipMember[] = [];
  let searched = 0;
  for (const gap of gaps(listed, directory, source.size)) {
    for (let at = gap.start; at + LOCAL_BYTES <= gap.end;) {
      if (hidden.length >= MAX_HIDDEN || searched > MAX_GAP_BYTES) {
        problems.add('limit', 'the space between the members was not searched to its end', at);
        return hidden;
      }
      const bytes = source.view(at, Math.min(64 * 1024, gap.end - at));
      const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf('PK\x03\x04');
      if (found < 0) {
        searched += bytes.length;
        at += Math.max(1, bytes.length - 3);
        continue;
      }
      const member = hiddenMember(source, at + found);
      if (member) hidden.push(member);
      searched += found + 4;
      at += found + 4;
    }
  }
  return hidden;
}

function hiddenMember(source: Source, headerOffset: number): ZipMember | undefined {
  const local = readLocal(source, headerOffset);
  if (!local || local.dataOffset > source.size) return undefined;
  const known = (local.flags & FLAG_DESCRIPTOR) === 0 || local.compressedSize > 0;
  const compressedSize = known ? local.compressedSize : source.size - local.dataOffset;
  return {
    ...local,
    compressedSize,
    localFlags: local.flags,
    headerOffset,
    fileType: 0,
    listed: false,
  };
}

/** Stretches that no listed member covers, from the start of the file to its end. */
function gaps(
  listed: readonly ZipMember[],
  directory: Directory | undefined,
  size: number,
): { start: number; end: number }[] {
  const covered = listed
    .filter(({ dataOffset }) => dataOffset !== undefined)
    .map(({ headerOffset, dataOffset = 0, compressedSize }) => ({
      start: headerOffset,
      end: dataOffset + compressedSize,
    }));
  if (directory) covered.push({ start: directory.start, end: directory.end });
  covered.sort((a, b) => a.start - b.start);
  const found: { start: number; end: number }[] = [];
  let position = 0;
  for (const { start, end } of covered) {
    if (start > position) found.push({ start: position, end: start });
    position = Math.max(position, end);
  }
  if (position < size) found.push({ start: position, end: size });
  return found;
}
