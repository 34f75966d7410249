import { Hdf5Error, type Reading } from './reading.ts';

/** A name in a heap. HDF5 sets no limit; a path component of this length is an attack. */
const MAX_NAME_BYTES = 64 * 1024;

/** Names of an old group, by their offset in its local heap (section III.D). */
export interface LocalHeap {
  name(offset: number): string;
}

export function readLocalHeap(reading: Reading, address: number | undefined): LocalHeap {
  const header = reading.structure(address, 8 + 2 * reading.lengthBytes + 8, 'a local heap');
  header.signature('HEAP', 0);
  header.skip(3);
  const size = header.length();
  header.length();
  const data = header.address();
  if (data === undefined || !reading.holds(data, size)) {
    throw new Hdf5Error('truncated', 'the data of a local heap end beyond the file', header.origin);
  }
  return {
    name(offset) {
      if (offset >= size) {
        throw new Hdf5Error('malformed', 'a name lies outside its local heap', header.origin);
      }
      const length = Math.min(MAX_NAME_BYTES, size - offset);
      const start = reading.base + data + offset;
      const bytes = reading.source.view(start, length);
      const end = bytes.indexOf(0);
      if (end < 0) throw new Hdf5Error('malformed', 'a name has no end', start);
      reading.spend(1, start);
      reading.spendText(end, start);
      return new TextDecoder().decode(bytes.subarray(0, end));
    },
  };
}
