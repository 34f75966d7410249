import type { Problem } from '../problem.ts';
import type { Source } from '../source.ts';
import { readAttribute, type Attribute } from './attribute.ts';
import { TREE_V2, walkTreeV2 } from './btree-v2.ts';
import { readDataset, type Dataset } from './dataset.ts';
import { FractalHeap } from './fractal-heap.ts';
import { GlobalHeaps } from './global-heap.ts';
import { isGroup, readLinks } from './group.ts';
import type { Link } from './link.ts';
import { MESSAGE, readObjectHeader, type Message } from './object-header.ts';
import { LimitReached, Reading, type Cursor } from './reading.ts';
import { readSuperblock, type Superblock } from './superblock.ts';

/** Groups within groups. Keras nests a few for each model within a model. */
const MAX_DEPTH = 200;

export interface Hdf5Object {
  /** `/` for the root group. The first path that leads to it, where there are several. */
  readonly path: string;
  readonly attributes: readonly Attribute[];
  /** Undefined for a group or a committed datatype. */
  readonly dataset: Dataset | undefined;
}

/** A name that leads elsewhere than to an object of this file by its address. */
export interface Hdf5Reference {
  readonly path: string;
  /** Address of the group that holds it. */
  readonly group: number;
  readonly link: Exclude<Link, { kind: 'hard' }>;
}

export interface Hdf5 {
  readonly source: Source;
  readonly objects: readonly Hdf5Object[];
  readonly references: readonly Hdf5Reference[];
  /** Address of the root group; undefined where there is none. */
  readonly root: number | undefined;
  /** The links of each group, by its address. */
  readonly groups: ReadonlyMap<number, readonly Link[]>;
  /** Bytes behind the end that the file gives itself; undefined where there are none. */
  readonly trailing: { readonly offset: number; readonly length: number } | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Reads the structure of an HDF5 file (File Format Specification 3.0): every object that links
 * lead to, its attributes, and whether its data lie in the file. Data themselves are not read.
 */
export function readHdf5(source: Source): Hdf5 {
  const walk = new Walk(source);
  try {
    walk.run();
  } catch (thrown) {
    if (!(thrown instanceof LimitReached)) throw thrown;
    walk.reading.problems.add('limit', thrown.message, thrown.offset);
  }
  const { objects, references, root, groups, trailing, reading } = walk;
  return { source, objects, references, root, groups, trailing, problems: reading.problems.list };
}

interface Pending {
  readonly path: string;
  readonly address: number | undefined;
  readonly depth: number;
}

class Walk {
  readonly reading: Reading;
  readonly objects: Hdf5Object[] = [];
  readonly references: Hdf5Reference[] = [];
  readonly groups = new Map<number, readonly Link[]>();
  root: number | undefined;
  trailing: Hdf5['trailing'];
  readonly #heaps: GlobalHeaps;
  readonly #seen = new Set<number>();
  readonly #pending: Pending[] = [];

  constructor(source: Source) {
    this.reading = new Reading(source);
    this.#heaps = new GlobalHeaps(this.reading);
  }

  run(): void {
    const superblock = this.reading.attempt('', () => readSuperblock(this.reading));
    if (!superblock) return;
    this.#checkEnd(superblock);
    if (superblock.extension !== undefined) {
      this.reading.attempt('superblock', () => {
        this.#readExtension(superblock.extension);
      });
    }
    this.root = superblock.root;
    this.#pending.push({ path: '/', address: superblock.root, depth: 0 });
    for (let next = this.#pending.pop(); next; next = this.#pending.pop()) {
      const object = next;
      this.reading.attempt(object.path, () => {
        this.#readObject(object);
      });
    }
  }

  #checkEnd({ end, driver }: Superblock): void {
    const { source, problems } = this.reading;
    if (end > source.size) {
      const message = `the file says that it has ${end} bytes, and has ${source.size}`;
      problems.add('truncated', message, source.size);
    } else if (end < source.size) {
      this.trailing = { offset: end, length: source.size - end };
    }
    if (driver !== undefined) {
      problems.add('limit', 'it is one of several files that belong together', 0, 'superblock');
    }
  }

  #readExtension(address: number | undefined): void {
    for (const { type, body } of readObjectHeader(this.reading, address)) {
      const { problems } = this.reading;
      if (type === MESSAGE.driver) {
        problems.add('limit', 'it is one of several files that belong together', body.origin);
      }
    }
  }

  #readObject({ path, address, depth }: Pending): void {
    if (address !== undefined && this.#seen.has(address)) return;
    const messages = readObjectHeader(this.reading, address);
    if (address !== undefined) this.#seen.add(address);
    const attributes = this.#readAttributes(messages, path);
    const dataset = this.reading.attempt(path, () =>
      readDataset(this.reading, this.#heaps, messages, path),
    );
    this.objects.push({ path, attributes, dataset });
    if (!isGroup(messages) || address === undefined) return;
    const links = readLinks(this.reading, messages, path);
    this.groups.set(address, links);
    this.#follow(links, { path, address, depth });
  }

  #follow(links: readonly Link[], group: { path: string; address: number; depth: number }): void {
    const { reading } = this;
    const { path: parent, address, depth } = group;
    const found: Pending[] = [];
    for (const link of links) {
      const path = parent === '/' ? `/${link.name}` : `${parent}/${link.name}`;
      reading.spendText(path.length, 0);
      if (link.kind !== 'hard') this.references.push({ path, group: address, link });
      else if (depth < MAX_DEPTH) found.push({ path, address: link.address, depth: depth + 1 });
      else reading.problems.add('limit', `groups nest deeper than ${MAX_DEPTH} levels`, 0, parent);
    }
    this.#pending.push(...found.reverse());
  }

  #readAttributes(messages: readonly Message[], path: string): Attribute[] {
    const attributes: Attribute[] = [];
    const add = (cursor: Cursor): void => {
      this.reading.attempt(path, () => {
        attributes.push(readAttribute(this.reading, this.#heaps, cursor));
      });
    };
    for (const { type, body, shared } of messages) {
      if (type === MESSAGE.attribute && shared) {
        this.reading.problems.add(
          'limit',
          'a shared attribute is not read here',
          body.origin,
          path,
        );
      } else if (type === MESSAGE.attribute) add(body);
      else if (type === MESSAGE.attributeInfo) {
        this.reading.attempt(path, () => {
          this.#readDense(body, add);
        });
      }
    }
    return attributes;
  }

  /** Attributes of an object that has many, or large ones: a fractal heap and a B-tree. */
  #readDense(info: Cursor, add: (cursor: Cursor) => void): void {
    info.skip(1);
    info.skip(info.u8() & 1 ? 2 : 0);
    const heapAddress = info.address();
    const tree = info.address();
    if (heapAddress === undefined || tree === undefined) return;
    const heap = new FractalHeap(this.reading, heapAddress);
    walkTreeV2(this.reading, tree, [TREE_V2.attributeNames], (record) => {
      add(heap.object(record.part(8)));
    });
  }
}
