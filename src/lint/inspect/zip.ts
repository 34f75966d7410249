import { crc32 } from 'node:zlib';
import { readNpyStructure } from '../../formats/npy-structure.ts';
import { memorySource, prefixSource, type Source } from '../../formats/source.ts';
import { UnpackError, type Packing } from '../../formats/unpack.ts';
import { rawMember, readZip, type ZipArchive, type ZipMember } from '../../formats/zip/archive.ts';
import { detect } from '../detect.ts';
import { claimedFormats } from './extensions.ts';
import { inner, type Inspection, type Part, type Reader } from './inspector.ts';
import {
  checkStorages,
  checkTorchMembers,
  isTorchArchive,
  isTorchScript,
  readTorchScript,
} from './torch.ts';
import { probeBehind } from './tensor-readers.ts';
import { checkKerasMembers, isKerasArchive, isKerasConfig, readKerasMember } from './keras.ts';

const STORED = 0;
const DEFLATED = 8;

/** Members whose name says that they are read as something: they must be readable. */
const READ_MEMBER =
  /\.(?:pkl|pickle|npy|json|pt|pth|joblib|h5|onnx|pb|safetensors)$|(?:^|\/)(?:pickle|constants|data)$/i;

/** Reads an archive: every member that is something, listed or hidden. */
export const readZipPart: Reader = (inspection, part) => {
  const archive = readZip(part.source);
  const appended = detect(part.source) === 'tflite';
  inspection.add(part, 'archive', { ...archive, appended }, archive.problems);
  const keras = isKerasArchive(part, archive);
  if (keras) checkKerasMembers(inspection, part, archive);
  checkTorchMembers(inspection, part, archive);
  const torch = isTorchArchive(archive);
  // Members that share their bytes, as in a bomb, are read once.
  const read = new Set<number | undefined>();
  for (const member of archive.members) {
    if (read.has(member.dataOffset)) continue;
    read.add(member.dataOffset);
    readMember(inspection, part, archive, member, { torch, keras });
  }
  checkStorages(inspection, part, archive);
  probeBehind(inspection, part, BigInt(archive.end));
};

function readMember(
  inspection: Inspection,
  part: Part,
  archive: ZipArchive,
  member: ZipMember,
  { torch, keras }: { torch: boolean; keras: boolean },
): void {
  const raw = rawMember(archive, member);
  if (!raw || raw.size === 0) return;
  const at = inner(part, member.name, raw, torch);
  try {
    const source = openMember(inspection, member, raw);
    if (!source) return;
    // torch neither checks the checksums of its archives nor always writes them.
    if (!torch && !isIntact(member, source)) {
      inspection.problem(
        at,
        'malformed',
        'its checksum is wrong: the bytes are damaged or changed',
      );
    }
    if (keras && isKerasConfig(member.name)) readKerasMember(inspection, { ...at, source });
    else if (isTorchScript(member.name)) readTorchScript(inspection, at, source);
    else if (READ_MEMBER.test(member.name)) readNamed(inspection, { ...at, source });
    else inspection.probe({ ...at, source });
  } catch (thrown) {
    if (!(thrown instanceof UnpackError)) throw thrown;
    inspection.problem(at, thrown.kind, thrown.message);
  }
}

/** Reads a member whose name says what it is. */
function readNamed(inspection: Inspection, part: Part): void {
  const [claimed] = claimedFormats(part.name) ?? [];
  if (!inspection.read(part) && claimed !== undefined) {
    inspection.problem(part, 'malformed', `it is called ${part.name} and does not hold ${claimed}`);
  }
}

/** Members up to this size are read whole to see whether they are what was packed. */
const MAX_CHECKED_BYTES = 1024 * 1024;

function isIntact({ size, crc }: ZipMember, source: Source): boolean {
  if (size > MAX_CHECKED_BYTES || source.size !== size) return true;
  return crc32(source.view(0, size)) === crc;
}

/** The member's content where it is worth reading; undefined for plain data such as a tensor. */
function openMember(inspection: Inspection, member: ZipMember, raw: Source): Source | undefined {
  if (member.method === STORED) return raw;
  if (member.method !== DEFLATED) return openRare(inspection, member, raw);
  const start = inspection.budget.peek(raw);
  const format = detect(memorySource(start));
  const isPlain = format === 'unknown' || format === 'text';
  if (isPlain && !READ_MEMBER.test(member.name) && !isTorchScript(member.name)) return undefined;
  // The header of an array of numbers tells everything: data sets are not unpacked for it.
  const isLarge = member.size > MAX_CHECKED_BYTES;
  if (isLarge && format === 'npy' && !readNpyStructure(memorySource(start)).holdsObjects) {
    return prefixSource(start, member.size);
  }
  const { bytes, whole } = inspection.budget.unpack(raw, 'deflate');
  if (!whole) throw new UnpackError('malformed', 'the packed bytes are damaged or break off');
  return memorySource(bytes);
}

/** Methods that Python's zipfile reads too, by their number (APPNOTE 4.4.5). */
const RARE_METHODS: Readonly<Record<number, Packing>> = { 12: 'bzip2', 93: 'zstd', 95: 'xz' };

/** LZMA in a zip: two bytes of version, two of the length of the properties, then these. */
const LZMA_METHOD = 14;
const LZMA_HEADER_BYTES = 9;

function openRare(inspection: Inspection, member: ZipMember, raw: Source): Source {
  const packing = RARE_METHODS[member.method];
  if (packing !== undefined) return memorySource(inspection.budget.unpack(raw, packing).bytes);
  if (member.method === LZMA_METHOD && raw.size > LZMA_HEADER_BYTES) {
    const { bytes } = inspection.budget.unpack(asLzmaFile(raw, member.size), 'lzma');
    return memorySource(bytes);
  }
  throw new UnpackError('limit', `is packed by method ${member.method}, which is not read here`);
}

/** The same bytes with the header of an .lzma file: properties, dictionary, size. */
function asLzmaFile(raw: Source, size: number): Source {
  const bytes = new Uint8Array(13 + raw.size - LZMA_HEADER_BYTES);
  bytes.set(raw.view(4, 5));
  new DataView(bytes.buffer).setBigUint64(5, BigInt(size), true);
  bytes.set(raw.view(LZMA_HEADER_BYTES, raw.size - LZMA_HEADER_BYTES), 13);
  return memorySource(bytes);
}
