import { GROUP_TREE, walkTreeV1 } from './btree-v1.ts';
import { TREE_V2, walkTreeV2 } from './btree-v2.ts';
import { FractalHeap } from './fractal-heap.ts';
import { readLink, type Link } from './link.ts';
import { readLocalHeap, type LocalHeap } from './local-heap.ts';
import { MESSAGE, type Message } from './object-header.ts';
import type { Cursor, Reading } from './reading.ts';

/** Of a symbol table entry: its scratch pad holds the offset of a soft link's target. */
const CACHED_SOFT_LINK = 2;

/** Whether an object's messages make it a group. */
export function isGroup(messages: readonly Message[]): boolean {
  return messages.some(
    ({ type }) =>
      type === MESSAGE.symbolTable || type === MESSAGE.linkInfo || type === MESSAGE.link,
  );
}

/** Reads the links of a group, wherever they are stored. */
export function readLinks(
  reading: Reading,
  messages: readonly Message[],
  path: string,
): readonly Link[] {
  const links: Link[] = [];
  for (const { type, body } of messages) {
    reading.attempt(path, () => {
      if (type === MESSAGE.link) links.push(readLink(body));
      else if (type === MESSAGE.linkInfo) readDenseLinks(reading, body, links);
      else if (type === MESSAGE.symbolTable) readSymbolTable(reading, body, links);
    });
  }
  return links;
}

/** Links of a large group: a fractal heap, and a B-tree of their names. */
function readDenseLinks(reading: Reading, info: Cursor, links: Link[]): void {
  info.skip(1);
  info.skip(info.u8() & 1 ? 8 : 0);
  const heapAddress = info.address();
  const tree = info.address();
  if (heapAddress === undefined || tree === undefined) return;
  const heap = new FractalHeap(reading, heapAddress);
  walkTreeV2(reading, tree, [TREE_V2.linkNames], (record) => {
    record.skip(4);
    links.push(readLink(heap.object(record)));
  });
}

/** Links of a group as HDF5 up to 1.6 wrote them: a B-tree of symbol tables, and a local heap. */
function readSymbolTable(reading: Reading, message: Cursor, links: Link[]): void {
  const tree = message.address();
  const heap = readLocalHeap(reading, message.address());
  walkTreeV1(reading, tree, GROUP_TREE, reading.lengthBytes, (_key, node) => {
    readNode(reading, node, heap, links);
  });
}

function readNode(
  reading: Reading,
  address: number | undefined,
  heap: LocalHeap,
  links: Link[],
): void {
  const head = reading.structure(address, 8, 'a symbol table node');
  head.signature('SNOD', 1);
  head.skip(1);
  const count = head.u16();
  reading.spend(count, head.origin);
  const entryBytes = 24 + 2 * reading.offsetBytes;
  const cursor = reading.structure(address, 8 + count * entryBytes, 'a symbol table node');
  cursor.skip(8);
  for (let index = 0; index < count; index++) {
    const name = heap.name(cursor.unsigned(reading.offsetBytes));
    const object = cursor.address();
    const cached = cursor.u32();
    cursor.skip(4);
    const scratch = cursor.part(16);
    if (cached === CACHED_SOFT_LINK) {
      links.push({ kind: 'soft', name, target: heap.name(scratch.u32()) });
    } else {
      links.push({ kind: 'hard', name, address: object });
    }
  }
}
