import { Hdf5Error, type Cursor, type Reading } from './reading.ts';

/** The eight bytes that open an HDF5 file. */
const SIGNATURE = '\x89HDF\r\n\x1a\n';

/** A user block may stand before the superblock: 512 bytes, or any doubling of that. */
const FIRST_USER_BLOCK = 512;

/** The longest superblock (version 1 with addresses of eight bytes). */
const SUPERBLOCK_BYTES = 100;

export interface Superblock {
  readonly version: number;
  /** Object header of the root group. */
  readonly root: number | undefined;
  /** Of the superblock extension's object header. */
  readonly extension: number | undefined;
  /** Where the file ends, as it says itself; from the start of the source. */
  readonly end: number;
  /** Present where the data are spread over several files. */
  readonly driver: number | undefined;
}

/** Reads the superblock (section II.A) and sets the sizes that every other structure goes by. */
export function readSuperblock(reading: Reading): Superblock {
  const start = findSignature(reading);
  const length = Math.min(SUPERBLOCK_BYTES, reading.source.size - start);
  const block = reading.structure(start, length, 'the superblock');
  // Addresses count from here; HDF5's own library ignores a base address that says otherwise.
  reading.base = start;
  block.skip(SIGNATURE.length);
  const version = block.u8();
  if (version > 3) {
    throw new Hdf5Error('limit', `superblock version ${version} is not read here`, start);
  }
  return version >= 2 ? readCurrent(block, version) : readOriginal(block, version);
}

/** Versions 2 and 3: the root group's object header directly. */
function readCurrent(block: Cursor, version: number): Superblock {
  setSizes(block);
  block.skip(1);
  block.address();
  const extension = block.address();
  const end = block.address() ?? 0;
  const root = block.address();
  block.checksum();
  return { version, root, extension, end, driver: undefined };
}

/** Versions 0 and 1: the root group's symbol table entry. */
function readOriginal(block: Cursor, version: number): Superblock {
  block.skip(4);
  setSizes(block);
  block.skip(version === 0 ? 9 : 13);
  block.address();
  block.address();
  const end = block.address() ?? 0;
  const driver = block.address();
  // The entry starts with the offset of its name; the object header follows.
  block.skip(block.reading.offsetBytes);
  return { version, root: block.address(), extension: undefined, end, driver };
}

function setSizes(block: Cursor): void {
  const { reading } = block;
  const sizes = [block.u8(), block.u8()];
  for (const size of sizes) {
    if (![2, 4, 8].includes(size)) {
      throw new Hdf5Error('malformed', `addresses of ${size} bytes are illegal`, block.origin);
    }
  }
  [reading.offsetBytes = 8, reading.lengthBytes = 8] = sizes;
}

function findSignature({ source }: Reading): number {
  for (let at = 0; at + SIGNATURE.length <= source.size; at = at * 2 || FIRST_USER_BLOCK) {
    const bytes = source.view(at, SIGNATURE.length);
    if (Buffer.from(bytes).toString('latin1') === SIGNATURE) return at;
  }
  throw new Hdf5Error('malformed', 'the signature of HDF5 is missing', 0);
}
