import { Hdf5Error, type Cursor, type Reading } from './reading.ts';

/** Client of an array: chunks without filters, or with their size and filter mask. */
const FILTERED = 1;

/**
 * Reads a fixed array of chunks (section VII.C): `chunk` gets each address and, where chunks are
 * filtered, the size.
 */
export function readFixedArray(
  reading: Reading,
  address: number,
  chunk: (address: number | undefined, bytes: number | undefined) => void,
): void {
  const { offsetBytes, lengthBytes } = reading;
  const header = reading.structure(address, 8 + lengthBytes + offsetBytes + 4, 'a fixed array');
  header.signature('FAHD', 0);
  const client = header.u8();
  const entryBytes = header.u8();
  const pageBits = header.u8();
  const count = header.length();
  const block = header.address();
  header.checksum();
  if (block === undefined) return;
  if (entryBytes < offsetBytes || pageBits > 32) {
    throw new Hdf5Error('malformed', 'the entries of a fixed array are too short', header.origin);
  }
  reading.spend(count, header.origin);
  const entry = (cursor: Cursor): void => {
    const fields = cursor.part(entryBytes);
    const at = fields.address();
    chunk(at, client === FILTERED ? fields.unsigned(entryBytes - offsetBytes - 4) : undefined);
  };
  readBlock(reading, block, { count, entryBytes, pageEntries: 2 ** pageBits }, entry);
}

interface Shape {
  readonly count: number;
  readonly entryBytes: number;
  readonly pageEntries: number;
}

function readBlock(
  reading: Reading,
  address: number,
  { count, entryBytes, pageEntries }: Shape,
  entry: (cursor: Cursor) => void,
): void {
  const paged = count > pageEntries;
  const pages = paged ? Math.ceil(count / pageEntries) : 0;
  const prefixBytes = 6 + reading.offsetBytes;
  const bodyBytes = paged ? Math.ceil(pages / 8) : count * entryBytes;
  const body = reading.structure(address, prefixBytes + bodyBytes + 4, 'a block of a fixed array');
  body.signature('FADB', 0);
  body.skip(1 + reading.offsetBytes);
  if (!paged) for (let index = 0; index < count; index++) entry(body);
  const used = paged ? body.take(bodyBytes) : undefined;
  body.checksum();
  const pageBytes = pageEntries * entryBytes + 4;
  for (let page = 0; page < pages; page++) {
    // The bits run from the highest of a byte to its lowest.
    if ((((used?.[page >> 3] ?? 0) >> (7 - (page & 7))) & 1) === 0) continue;
    const entries = Math.min(pageEntries, count - page * pageEntries);
    const start = address + prefixBytes + bodyBytes + 4 + page * pageBytes;
    const cursor = reading.structure(start, entries * entryBytes + 4, 'a page of a fixed array');
    for (let index = 0; index < entries; index++) entry(cursor);
    cursor.checksum();
  }
}
