import { Hdf5Error, type Cursor, type Reading } from './reading.ts';

/** Levels of a tree. Each has at least two children, so real ones have a handful. */
const MAX_LEVELS = 24;

export const GROUP_TREE = 0;
export const CHUNK_TREE = 1;

/**
 * Walks the leaves of a version 1 B-tree (section III.A.1), left to right. `entry` gets a cursor
 * at the key and the address of the child behind it.
 */
export function walkTreeV1(
  reading: Reading,
  root: number | undefined,
  type: typeof GROUP_TREE | typeof CHUNK_TREE,
  keyBytes: number,
  entry: (key: Cursor, child: number | undefined) => void,
): void {
  const pending: { address: number | undefined; level: number | undefined }[] = [
    { address: root, level: undefined },
  ];
  const seen = new Set<number | undefined>();
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { address } = next;
    const node = readNode(reading, address, type, keyBytes);
    if (seen.has(address) || (next.level !== undefined && node.level !== next.level)) {
      throw new Hdf5Error('malformed', 'the nodes of a B-tree run in a circle', node.cursor.origin);
    }
    seen.add(address);
    const children: typeof pending = [];
    for (let index = 0; index < node.entries; index++) {
      const key = node.cursor.part(keyBytes);
      const child = node.cursor.address();
      if (node.level === 0) entry(key, child);
      else children.push({ address: child, level: node.level - 1 });
    }
    pending.push(...children.reverse());
  }
}

function readNode(reading: Reading, address: number | undefined, type: number, keyBytes: number) {
  const headBytes = 8 + 2 * reading.offsetBytes;
  const head = reading.structure(address, headBytes, 'a node of a B-tree');
  head.opening('TREE');
  const actual = head.u8();
  const level = head.u8();
  const entries = head.u16();
  if (actual !== type || level > MAX_LEVELS) {
    const message = `a B-tree node of type ${actual}, level ${level} is illegal here`;
    throw new Hdf5Error('malformed', message, head.origin);
  }
  reading.spend(entries, head.origin);
  const length = headBytes + entries * (keyBytes + reading.offsetBytes);
  const cursor = reading.structure(address, length, 'a node of a B-tree');
  cursor.skip(headBytes);
  return { level, entries, cursor };
}
