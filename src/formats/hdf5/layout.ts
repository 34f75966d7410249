import { Hdf5Error, type Cursor, type Reading } from './reading.ts';

/** How chunks are found (section IV.A.2.i, version 4). */
export const CHUNK_INDEX = {
  treeV1: 0,
  single: 1,
  implicit: 2,
  fixedArray: 3,
  extensibleArray: 4,
  treeV2: 5,
} as const;

export interface ChunkedLayout {
  readonly kind: 'chunked';
  readonly index: number;
  readonly address: number | undefined;
  /** Elements of a chunk along each dimension, then bytes of an element. */
  readonly chunk: readonly number[];
  /** Of the only chunk, where it is filtered. */
  readonly filteredBytes: number | undefined;
}

/** Where the data of a dataset lie. */
export type Layout =
  | {
      /** `address` counts from the start of the source: the data are in the message. */
      readonly kind: 'compact';
      readonly address: number;
      readonly length: number;
    }
  | {
      readonly kind: 'contiguous';
      readonly address: number | undefined;
      /** Undefined where the format does not say. */
      readonly length: number | undefined;
    }
  | ChunkedLayout
  | { readonly kind: 'virtual'; readonly address: number | undefined; readonly index: number };

const COMPACT = 0;
const CONTIGUOUS = 1;
const CHUNKED = 2;
const VIRTUAL = 3;

/** Reads a data layout message (section IV.A.2.i). */
export function readLayout(reading: Reading, cursor: Cursor): Layout {
  const { offset } = cursor;
  const version = cursor.u8();
  if (version === 1 || version === 2) return readOriginal(cursor);
  // Version 5 (HDF5 2.0) differs in the width of filtered sizes, which their index states itself.
  if (version < 3 || version > 5) {
    throw new Hdf5Error('limit', `a data layout of version ${version} is not read here`, offset);
  }
  const kind = cursor.u8();
  switch (kind) {
    case COMPACT: {
      const length = cursor.u16();
      return { kind: 'compact', address: cursor.offset, length: Math.min(length, cursor.left) };
    }
    case CONTIGUOUS:
      return { kind: 'contiguous', address: cursor.address(), length: cursor.length() };
    case CHUNKED:
      return version === 3 ? readChunked(cursor) : readIndexed(reading, cursor);
    case VIRTUAL:
      return { kind: 'virtual', address: cursor.address(), index: cursor.u32() };
    default:
      throw new Hdf5Error('malformed', `a data layout of class ${kind}`, offset);
  }
}

/** Versions 1 and 2. */
function readOriginal(cursor: Cursor): Layout {
  const rank = cursor.u8();
  const kind = cursor.u8();
  cursor.skip(5);
  const address = kind === COMPACT ? undefined : cursor.address();
  const sizes = Array.from({ length: rank }, () => cursor.u32());
  if (kind === CONTIGUOUS) return { kind: 'contiguous', address, length: undefined };
  if (kind === CHUNKED) {
    return treeIndexed(address, sizes);
  }
  const length = cursor.u32();
  return { kind: 'compact', address: cursor.offset, length: Math.min(length, cursor.left) };
}

function readChunked(cursor: Cursor): Layout {
  const rank = cursor.u8();
  const address = cursor.address();
  return treeIndexed(
    address,
    Array.from({ length: rank }, () => cursor.u32()),
  );
}

function treeIndexed(address: number | undefined, chunk: readonly number[]): ChunkedLayout {
  return { kind: 'chunked', index: CHUNK_INDEX.treeV1, address, chunk, filteredBytes: undefined };
}

/** Bytes that the parameters of an index take up, by its type. */
const PARAMETER_BYTES: Readonly<Record<number, number>> = {
  [CHUNK_INDEX.single]: 0,
  [CHUNK_INDEX.implicit]: 0,
  [CHUNK_INDEX.fixedArray]: 1,
  [CHUNK_INDEX.extensibleArray]: 5,
  [CHUNK_INDEX.treeV2]: 6,
};

const SINGLE_IS_FILTERED = 0x02;

function readIndexed(reading: Reading, cursor: Cursor): Layout {
  const flags = cursor.u8();
  const rank = cursor.u8();
  const width = cursor.u8();
  if (width < 1 || width > 8) {
    throw new Hdf5Error('malformed', `chunk sizes of ${width} bytes`, cursor.offset);
  }
  const chunk = Array.from({ length: rank }, () => cursor.unsigned(width));
  const index = cursor.u8();
  const parameters = PARAMETER_BYTES[index];
  if (parameters === undefined) {
    throw new Hdf5Error('limit', `a chunk index of type ${index} is not read here`, cursor.offset);
  }
  cursor.skip(parameters);
  let filteredBytes: number | undefined;
  if (index === CHUNK_INDEX.single && (flags & SINGLE_IS_FILTERED) !== 0) {
    filteredBytes = cursor.unsigned(reading.lengthBytes);
    cursor.skip(4);
  }
  return { kind: 'chunked', index, address: cursor.address(), chunk, filteredBytes };
}
