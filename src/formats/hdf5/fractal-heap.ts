import { TREE_V2, encodedBytes, walkTreeV2 } from './btree-v2.ts';
import type { Cursor } from './reading.ts';
import { Hdf5Error, type Reading } from './reading.ts';

/** Where the type of an object stands in the first byte of its heap ID. */
const OBJECT_TYPE = 0x30;
const MANAGED = 0x00;
const HUGE = 0x10;
const TINY = 0x20;

/** Levels of indirect blocks: each multiplies what the heap can hold. */
const MAX_LEVELS = 16;

interface Table {
  readonly width: number;
  readonly startBytes: number;
  readonly maxDirectBytes: number;
  readonly rootRows: number;
  readonly root: number | undefined;
}

/** Stores the links and attributes of objects that have many (section III.G). */
export class FractalHeap {
  readonly #reading: Reading;
  readonly #table: Table;
  readonly #offsetBytes: number;
  readonly #lengthBytes: number;
  readonly #hugeTree: number | undefined;
  #huge: Map<number, { readonly address: number; readonly length: number }> | undefined;
  readonly #children = new Map<number, readonly (number | undefined)[]>();

  constructor(reading: Reading, address: number | undefined) {
    this.#reading = reading;
    const { offsetBytes: o, lengthBytes: l } = reading;
    const header = reading.structure(address, 26 + 3 * o + 12 * l, 'a fractal heap');
    header.signature('FRHP', 0);
    header.skip(2);
    if (header.u16() > 0) {
      throw new Hdf5Error('limit', 'a filtered fractal heap is not read here', header.origin);
    }
    header.skip(1);
    const maxManagedBytes = header.u32();
    header.skip(l);
    this.#hugeTree = header.address();
    header.skip(o + 9 * l);
    const width = header.u16();
    const startBytes = header.length();
    const maxDirectBytes = header.length();
    const heapBits = header.u16();
    header.skip(2);
    const root = header.address();
    this.#table = { width, startBytes, maxDirectBytes, rootRows: header.u16(), root };
    header.checksum();
    if (width === 0 || startBytes === 0 || maxDirectBytes < startBytes) {
      throw new Hdf5Error('malformed', 'a fractal heap without room', header.origin);
    }
    this.#offsetBytes = Math.ceil(heapBits / 8);
    this.#lengthBytes = Math.min(
      Math.ceil(Math.log2(maxDirectBytes) / 8),
      encodedBytes(maxManagedBytes),
    );
  }

  /** The bytes of the object that a heap ID names. */
  object(id: Cursor): Cursor {
    const first = id.u8();
    switch (first & OBJECT_TYPE) {
      case MANAGED:
        return this.#managed(id);
      case HUGE:
        return this.#hugeObject(id);
      case TINY:
        return id.part(Math.min((first & 0x0f) + 1, id.left));
      default:
        throw new Hdf5Error('malformed', 'a heap ID of no known type', id.origin);
    }
  }

  #managed(id: Cursor): Cursor {
    const offset = id.unsigned(this.#offsetBytes);
    const length = id.unsigned(this.#lengthBytes);
    const address =
      this.#table.rootRows === 0 ? { block: this.#table.root, within: offset } : this.#find(offset);
    if (address.block === undefined) {
      throw new Hdf5Error('malformed', 'a heap object lies in no block', id.origin);
    }
    return this.#reading.structure(address.block + address.within, length, 'a heap object');
  }

  /** Walks the doubling table down to the direct block that holds an offset of the heap. */
  #find(offset: number): { block: number | undefined; within: number } {
    const { width, startBytes, maxDirectBytes, rootRows } = this.#table;
    let { root: block } = this.#table;
    let rows = rootRows;
    let within = offset;
    for (let level = 0; level < MAX_LEVELS && block !== undefined; level++) {
      const rowBytes = width * startBytes;
      const row = within < rowBytes ? 0 : Math.floor(Math.log2(within / rowBytes)) + 1;
      const blockBytes = row === 0 ? startBytes : startBytes * 2 ** (row - 1);
      const rowStart = row === 0 ? 0 : rowBytes * 2 ** (row - 1);
      const column = Math.floor((within - rowStart) / blockBytes);
      const child = row < rows ? this.#indirect(block, rows)[row * width + column] : undefined;
      within -= rowStart + column * blockBytes;
      if (blockBytes <= maxDirectBytes) return { block: child, within };
      block = child;
      rows = Math.log2(blockBytes / rowBytes) + 1;
    }
    return { block: undefined, within: 0 };
  }

  /** Addresses of the children of an indirect block. */
  #indirect(address: number, rows: number): readonly (number | undefined)[] {
    const known = this.#children.get(address);
    if (known) return known;
    const { width } = this.#table;
    const count = rows * width;
    const { offsetBytes } = this.#reading;
    const length = 5 + offsetBytes + this.#offsetBytes + count * offsetBytes + 4;
    const cursor = this.#reading.structure(address, length, 'an indirect block');
    this.#reading.spend(count, cursor.origin);
    cursor.signature('FHIB', 0);
    cursor.skip(offsetBytes + this.#offsetBytes);
    const children = Array.from({ length: count }, () => cursor.address());
    cursor.checksum();
    this.#children.set(address, children);
    return children;
  }

  /** Objects larger than a block: a B-tree knows where they are. */
  #hugeObject(id: Cursor): Cursor {
    const key = id.unsigned(Math.min(id.left, this.#reading.lengthBytes));
    this.#huge ??= this.#readHuge();
    const found = this.#huge.get(key);
    if (!found) throw new Hdf5Error('malformed', 'a huge heap object is missing', id.origin);
    return this.#reading.structure(found.address, found.length, 'a huge heap object');
  }

  #readHuge(): Map<number, { address: number; length: number }> {
    const huge = new Map<number, { address: number; length: number }>();
    walkTreeV2(this.#reading, this.#hugeTree, [TREE_V2.hugeObjects], (record) => {
      const address = record.address();
      const length = record.length();
      const key = record.length();
      if (address !== undefined) huge.set(key, { address, length });
    });
    return huge;
  }
}
