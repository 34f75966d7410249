import { Hdf5Error, type Cursor } from './reading.ts';

/** Classes of datatypes (section IV.A.2.d). */
export const CLASS = {
  fixedPoint: 0,
  string: 3,
  opaque: 5,
  reference: 7,
  variableLength: 9,
} as const;

export interface Datatype {
  readonly class: number;
  /** Of one element, in bytes. */
  readonly size: number;
  /** A variable-length string, whose bytes lie in the global heap. */
  readonly variableString: boolean;
}

/** Reads the head of a datatype message; what stands within compound types does not matter here. */
export function readDatatype(cursor: Cursor): Datatype {
  const { offset } = cursor;
  const classAndVersion = cursor.u8();
  const version = classAndVersion >> 4;
  if (version < 1 || version > 5) {
    throw new Hdf5Error('malformed', `a datatype of version ${version}`, offset);
  }
  const kind = classAndVersion & 0x0f;
  const bits = cursor.unsigned(3);
  const size = cursor.u32();
  return {
    class: kind,
    size,
    variableString: kind === CLASS.variableLength && (bits & 0x0f) === 1,
  };
}

/** Dimensions in use: HDF5 has at most 32. */
const MAX_RANK = 32;

/** Reads a dataspace message: the shape, [] for a scalar; undefined for a null dataspace. */
export function readDataspace(cursor: Cursor): readonly number[] | undefined {
  const { offset } = cursor;
  const version = cursor.u8();
  const rank = cursor.u8();
  cursor.skip(1);
  if (version < 1 || version > 2 || rank > MAX_RANK) {
    throw new Hdf5Error('malformed', `a dataspace of version ${version}, rank ${rank}`, offset);
  }
  const kind = cursor.u8();
  if (version === 1) cursor.skip(4);
  if (version === 2 && kind === 2) return undefined;
  return Array.from({ length: rank }, () => cursor.length());
}

/** Elements of a shape; none in a null dataspace. */
export function elementCount(shape: readonly number[] | undefined): number {
  return shape ? shape.reduce((product, size) => product * size, 1) : 0;
}
