import { followShared } from './attribute.ts';
import { readChunkIndex } from './chunk-index.ts';
import { elementCount, readDataspace, readDatatype, type Datatype } from './datatype.ts';
import type { GlobalHeaps } from './global-heap.ts';
import { readLayout, type Layout } from './layout.ts';
import { readLocalHeap } from './local-heap.ts';
import { MESSAGE, type Message } from './object-header.ts';
import { Hdf5Error, type Cursor, type Reading } from './reading.ts';

export interface Dataset {
  /** Undefined for a null dataspace. */
  readonly shape: readonly number[] | undefined;
  readonly type: Datatype;
  readonly layout: Layout['kind'];
  /** Where data of one piece lie, from the start of the source. */
  readonly data: { readonly offset: number; readonly length: number } | undefined;
  /** Identifiers of its filters, in order. */
  readonly filters: readonly number[];
  /** Other files that hold its data. */
  readonly externalFiles: readonly string[];
}

/** Reads what an object's messages say of a dataset; undefined for an object that is none. */
export function readDataset(
  reading: Reading,
  heaps: GlobalHeaps,
  messages: readonly Message[],
  path: string,
): Dataset | undefined {
  const layoutMessage = messages.find(({ type }) => type === MESSAGE.layout);
  if (!layoutMessage) return undefined;
  const body = (type: number): Cursor | undefined => {
    const found = messages.find((message) => message.type === type);
    return found?.shared ? followShared(reading, found.body, type) : found?.body;
  };
  const typeBody = body(MESSAGE.datatype);
  const spaceBody = body(MESSAGE.dataspace);
  if (!typeBody || !spaceBody) {
    throw new Hdf5Error('malformed', 'a dataset without type or shape', layoutMessage.body.origin);
  }
  const type = readDatatype(typeBody);
  const shape = readDataspace(spaceBody);
  const filterBody = body(MESSAGE.filters);
  const filters = filterBody ? readFilters(filterBody) : [];
  const external = body(MESSAGE.externalFiles);
  const externalFiles = external ? readExternalFiles(reading, external) : [];
  const layout = readLayout(reading, layoutMessage.body);
  if (layout.kind === 'virtual') externalFiles.push(...virtualFiles(reading, heaps, layout));
  const bytes = elementCount(shape) * type.size;
  const data =
    externalFiles.length === 0
      ? checkData(reading, layout, { bytes, shape, filters, path })
      : undefined;
  return { shape, type, layout: layout.kind, data, filters, externalFiles };
}

interface Extent {
  /** What shape and type ask for. */
  readonly bytes: number;
  readonly shape: readonly number[] | undefined;
  readonly filters: readonly number[];
  readonly path: string;
}

/** Checks that the data lie in the file; where they are in one piece, says where. */
function checkData(reading: Reading, layout: Layout, extent: Extent): Dataset['data'] {
  const { problems } = reading;
  const { bytes, path } = extent;
  if (layout.kind === 'chunked') {
    readChunkIndex(reading, layout, extent);
    return undefined;
  }
  if (layout.kind === 'virtual' || layout.address === undefined) return undefined;
  const offset = layout.kind === 'compact' ? layout.address : reading.base + layout.address;
  const length = layout.length ?? bytes;
  if (length < bytes) {
    const message = `its shape needs ${bytes} bytes and ${length} are stored`;
    problems.add('inconsistent', message, offset, path);
  }
  if (offset + length > reading.source.size) {
    problems.add('truncated', 'its data end beyond the file', offset, path);
  }
  return { offset, length };
}

/** Reads a filter pipeline message (section IV.A.2.l). */
function readFilters(cursor: Cursor): number[] {
  const { offset } = cursor;
  const version = cursor.u8();
  if (version < 1 || version > 2) {
    throw new Hdf5Error('limit', `a filter pipeline of version ${version}`, offset);
  }
  const count = cursor.u8();
  if (version === 1) cursor.skip(6);
  return Array.from({ length: count }, () => {
    const filter = cursor.u16();
    const nameBytes = version === 1 || filter >= 256 ? cursor.u16() : 0;
    cursor.skip(2);
    const values = cursor.u16();
    cursor.skip(version === 1 ? Math.ceil(nameBytes / 8) * 8 : nameBytes);
    cursor.skip(values * 4 + (version === 1 && values % 2 === 1 ? 4 : 0));
    return filter;
  });
}

/** Reads an external data files message (section IV.A.2.h): raw data in files beside this one. */
function readExternalFiles(reading: Reading, cursor: Cursor): string[] {
  cursor.skip(6);
  const used = cursor.u16();
  const heap = readLocalHeap(reading, cursor.address());
  return Array.from({ length: used }, () => {
    const name = heap.name(cursor.length());
    cursor.length();
    cursor.length();
    return name;
  });
}

/** The first source file of a virtual dataset; `.` is this file. */
function virtualFiles(
  reading: Reading,
  heaps: GlobalHeaps,
  { address, index }: Extract<Layout, { kind: 'virtual' }>,
): string[] {
  const { start, size } = heaps.locate(address, index);
  const headBytes = 1 + reading.lengthBytes;
  const block = reading.structure(start - reading.base, size, 'a virtual dataset');
  block.skip(Math.min(headBytes, block.left));
  const file = block.text(block.left);
  return file === '.' ? [] : [file];
}
