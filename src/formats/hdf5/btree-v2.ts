import { Hdf5Error, type Cursor, type Reading } from './reading.ts';

/** Types of version 2 B-trees that are read here, by what their records are. */
export const TREE_V2 = {
  hugeObjects: 1,
  linkNames: 5,
  attributeNames: 8,
  chunks: 10,
  filteredChunks: 11,
} as const;

/** Signature, version, type and checksum of a node. */
const NODE_OVERHEAD = 10;

/** Levels of a tree: real ones have a handful. */
const MAX_DEPTH = 24;

interface Header {
  readonly type: number;
  readonly nodeBytes: number;
  readonly recordBytes: number;
  readonly depth: number;
  readonly root: number | undefined;
  readonly rootRecords: number;
}

interface Node {
  readonly address: number | undefined;
  readonly records: number;
  readonly depth: number;
}

/** Walks all records of a version 2 B-tree (section III.A.2), in no particular order. */
export function walkTreeV2(
  reading: Reading,
  address: number | undefined,
  types: readonly number[],
  record: (cursor: Cursor) => void,
): void {
  const header = readHeader(reading, address, types);
  const pointers = pointerSizes(header, reading.offsetBytes);
  const pending: Node[] = [
    { address: header.root, records: header.rootRecords, depth: header.depth },
  ];
  const seen = new Set<number | undefined>();
  if (header.root === undefined) return;
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (seen.has(node.address)) {
      const where = reading.base + (node.address ?? 0);
      throw new Hdf5Error('malformed', 'the nodes of a B-tree run in a circle', where);
    }
    seen.add(node.address);
    pending.push(...readNode(reading, header, pointers, node, record));
  }
}

function readHeader(
  reading: Reading,
  address: number | undefined,
  types: readonly number[],
): Header {
  const length = 16 + reading.offsetBytes + 2 + reading.lengthBytes + 4;
  const cursor = reading.structure(address, length, 'a B-tree');
  cursor.signature('BTHD', 0);
  const type = cursor.u8();
  const nodeBytes = cursor.u32();
  const recordBytes = cursor.u16();
  const depth = cursor.u16();
  cursor.skip(2);
  const root = cursor.address();
  const rootRecords = cursor.u16();
  cursor.length();
  cursor.checksum();
  if (!types.includes(type) || depth > MAX_DEPTH || recordBytes === 0) {
    const message = `a B-tree of type ${type}, depth ${depth} is illegal here`;
    throw new Hdf5Error('malformed', message, cursor.origin);
  }
  return { type, nodeBytes, recordBytes, depth, root, rootRecords };
}

interface PointerSizes {
  /** Bytes of a child's number of records. */
  readonly records: number;
  /** Bytes of the number of records below a child, by the depth of the node that holds it. */
  readonly total: readonly number[];
}

/** Widths that are not stored: they follow from how much a node of each level can hold. */
function pointerSizes(header: Header, offsetBytes: number): PointerSizes {
  const { nodeBytes, recordBytes, depth } = header;
  let most = Math.floor((nodeBytes - NODE_OVERHEAD) / recordBytes);
  const records = encodedBytes(most);
  const total = [0, 0];
  for (let level = 1; level <= depth; level++) {
    const pointer = offsetBytes + records + (total[level] ?? 0);
    const own = Math.floor((nodeBytes - NODE_OVERHEAD - pointer) / (recordBytes + pointer));
    most = (own + 1) * most + own;
    total.push(encodedBytes(most));
  }
  return { records, total };
}

/** Bytes that hold a number up to `limit`. */
export function encodedBytes(limit: number): number {
  return limit < 1 ? 1 : Math.floor(Math.floor(Math.log2(limit)) / 8) + 1;
}

function readNode(
  reading: Reading,
  header: Header,
  pointers: PointerSizes,
  node: Node,
  record: (cursor: Cursor) => void,
): Node[] {
  const leaf = node.depth === 0;
  const totalBytes = pointers.total[node.depth] ?? 0;
  const pointerBytes = leaf ? 0 : reading.offsetBytes + pointers.records + totalBytes;
  const length =
    NODE_OVERHEAD +
    node.records * header.recordBytes +
    (leaf ? 0 : node.records + 1) * pointerBytes;
  const cursor = reading.structure(node.address, length, 'a node of a B-tree');
  cursor.signature(leaf ? 'BTLF' : 'BTIN', 0);
  cursor.skip(1);
  reading.spend(node.records, cursor.origin);
  for (let index = 0; index < node.records; index++) record(cursor.part(header.recordBytes));
  const children: Node[] = [];
  for (let index = 0; !leaf && index <= node.records; index++) {
    const address = cursor.address();
    const records = cursor.unsigned(pointers.records);
    cursor.skip(totalBytes);
    children.push({ address, records, depth: node.depth - 1 });
  }
  cursor.checksum();
  return children;
}
