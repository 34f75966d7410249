import { CHUNK_TREE, walkTreeV1 } from './btree-v1.ts';
import { TREE_V2, walkTreeV2 } from './btree-v2.ts';
import { readFixedArray } from './fixed-array.ts';
import { CHUNK_INDEX, type ChunkedLayout } from './layout.ts';
import { Hdf5Error, type Reading } from './reading.ts';

interface Extent {
  readonly shape: readonly number[] | undefined;
  readonly filters: readonly number[];
  readonly path: string;
}

/** Walks the index of a chunked dataset and checks that every chunk lies in the file. */
export function readChunkIndex(reading: Reading, layout: ChunkedLayout, extent: Extent): void {
  const { address, chunk, index } = layout;
  // Nothing was ever written.
  if (address === undefined) return;
  const chunkBytes = chunk.reduce((product, size) => product * size, 1);
  const filtered = extent.filters.length > 0;
  const check = (at: number | undefined, bytes: number): void => {
    if (at === undefined) return;
    const offset = reading.base + at;
    if (offset + bytes > reading.source.size) {
      reading.problems.add('truncated', 'a chunk ends beyond the file', offset, extent.path);
    }
    if (!filtered && bytes !== chunkBytes) {
      const message = `a chunk has ${bytes} bytes instead of ${chunkBytes}`;
      reading.problems.add('inconsistent', message, offset, extent.path);
    }
  };
  switch (index) {
    case CHUNK_INDEX.treeV1:
      walkTreeV1(reading, address, CHUNK_TREE, 8 + 8 * chunk.length, (key, child) => {
        check(child, key.u32());
      });
      return;
    case CHUNK_INDEX.single:
      check(address, layout.filteredBytes ?? chunkBytes);
      return;
    case CHUNK_INDEX.implicit:
      checkRow(reading, layout, extent, chunkBytes);
      return;
    case CHUNK_INDEX.fixedArray:
      readFixedArray(reading, address, (at, bytes) => {
        check(at, bytes ?? chunkBytes);
      });
      return;
    case CHUNK_INDEX.treeV2:
      walkTreeV2(reading, address, [TREE_V2.chunks, TREE_V2.filteredChunks], (record) => {
        const at = record.address();
        // Filtered chunks: size, mask of four bytes, then a scaled offset for each dimension.
        const sizeBytes = record.left - 4 - 8 * (chunk.length - 1);
        check(at, filtered && sizeBytes > 0 ? record.unsigned(sizeBytes) : chunkBytes);
      });
      return;
    default:
      throw new Hdf5Error(
        'limit',
        'an extensible array of chunks is not read here',
        reading.base + address,
      );
  }
}

/** Chunks without an index stand one behind another. */
function checkRow(reading: Reading, layout: ChunkedLayout, extent: Extent, chunkBytes: number) {
  const { address = 0, chunk } = layout;
  const count = (extent.shape ?? []).reduce(
    (product, size, axis) => product * Math.ceil(size / (chunk[axis] ?? 1)),
    1,
  );
  if (!reading.holds(address, count * chunkBytes)) {
    const offset = reading.base + address;
    reading.problems.add('truncated', 'its chunks end beyond the file', offset, extent.path);
  }
}
