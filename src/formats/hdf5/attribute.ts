import { CLASS, elementCount, readDataspace, readDatatype, type Datatype } from './datatype.ts';
import type { GlobalHeaps } from './global-heap.ts';
import { MESSAGE, readObjectHeader } from './object-header.ts';
import { Hdf5Error, type Cursor, type Reading } from './reading.ts';

export interface Attribute {
  readonly name: string;
  /** The elements, where the attribute holds strings; one for a scalar. */
  readonly strings: readonly string[] | undefined;
}

/** Reads an attribute message (section IV.A.2.m), of versions 1 to 3. */
export function readAttribute(reading: Reading, heaps: GlobalHeaps, cursor: Cursor): Attribute {
  const { offset } = cursor;
  const version = cursor.u8();
  if (version < 1 || version > 3) {
    throw new Hdf5Error('limit', `an attribute of version ${version}`, offset);
  }
  const flags = version === 1 ? (cursor.skip(1), 0) : cursor.u8();
  const [nameBytes, typeBytes, spaceBytes] = [cursor.u16(), cursor.u16(), cursor.u16()];
  if (version === 3) cursor.skip(1);
  const field = (bytes: number): Cursor => {
    const start = cursor.position;
    const part = cursor.part(bytes);
    // Version 1 pads each field; its offsets count from the start of the message.
    if (version === 1)
      cursor.position = Math.min(start + Math.ceil(bytes / 8) * 8, cursor.bytes.length);
    return part;
  };
  const name = field(nameBytes).text(nameBytes);
  const typeField = field(typeBytes);
  const type = readDatatype(
    flags & 1 ? followShared(reading, typeField, MESSAGE.datatype) : typeField,
  );
  const spaceField = field(spaceBytes);
  const shape = readDataspace(
    flags & 2 ? followShared(reading, spaceField, MESSAGE.dataspace) : spaceField,
  );
  return { name, strings: readStrings(reading, heaps, type, elementCount(shape), cursor) };
}

/** What a shared message stands for: a committed datatype, in an object of its own. */
export function followShared(reading: Reading, cursor: Cursor, type: number): Cursor {
  const { offset } = cursor;
  const version = cursor.u8();
  const kind = cursor.u8();
  if (version === 1) cursor.skip(6);
  if (version === 3 && kind !== 2) {
    throw new Hdf5Error('limit', 'a message in the shared message table is not read here', offset);
  }
  if (version < 1 || version > 3) {
    throw new Hdf5Error('malformed', `a shared message of version ${version}`, offset);
  }
  if (version === 1) cursor.skip(reading.lengthBytes);
  const found = readObjectHeader(reading, cursor.address()).find(
    (message) => message.type === type && !message.shared,
  );
  if (!found) throw new Hdf5Error('malformed', 'a shared message leads nowhere', offset);
  return found.body;
}

function readStrings(
  reading: Reading,
  heaps: GlobalHeaps,
  type: Datatype,
  count: number,
  cursor: Cursor,
): readonly string[] | undefined {
  if (type.size * count > cursor.left) {
    throw new Hdf5Error('truncated', 'an attribute is shorter than its type says', cursor.offset);
  }
  if (type.class !== CLASS.string && !type.variableString) return undefined;
  reading.spend(count, cursor.offset);
  return Array.from({ length: count }, () => {
    if (!type.variableString) return cursor.text(type.size);
    const length = cursor.u32();
    const address = cursor.address();
    const index = cursor.u32();
    // Nothing was written: an empty string.
    return length === 0 ? '' : heaps.text(address, index, length);
  });
}
