import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { endianness } from 'node:os';
import { ELEMENT_BYTES, sharedBytes, viewOf, type NdArray } from './nd-array.ts';
import { malformed, parseNpyHeader, type NpyHeader } from './npy-header.ts';

/** A data set lies in memory as a whole: what a runner with 16 GB can hold beside two models. */
export const MAX_ARRAY_BYTES = 4 * 1024 ** 3;

/** What is reserved before the first value has arrived; it doubles as values come. */
const FIRST_BYTES = 1024 * 1024;

/**
 * Reads a `.npy` file of numbers. `label` names it in errors.
 * @throws UserError where it is malformed, truncated, longer than its header says, or too large.
 */
export async function readNpy(file: string, label = file): Promise<NdArray> {
  const { size } = await stat(file);
  return readNpyStream(createReadStream(file), { label, size });
}

/**
 * Reads one array from a stream of `size` bytes. Memory follows the bytes that arrive, not the
 * shape that the header claims.
 */
export async function readNpyStream(
  chunks: AsyncIterable<Buffer>,
  { label, size }: { readonly label: string; readonly size: number },
): Promise<NdArray> {
  let start: Buffer = Buffer.alloc(0);
  let header: NpyHeader | undefined;
  let values: GrowingBytes | undefined;
  for await (const chunk of chunks) {
    if (values) {
      values.append(chunk);
      continue;
    }
    start = start.length === 0 ? chunk : Buffer.concat([start, chunk]);
    const parsed = parseNpyHeader(start, label);
    if ('needs' in parsed) continue;
    header = checkSize(parsed, label, size);
    values = new GrowingBytes(header.dataBytes, label);
    values.append(start.subarray(header.dataOffset));
  }
  if (!header || !values) throw malformed(label, 'ends within its header');
  return arrayOf(header, values.whole());
}

function checkSize(header: NpyHeader, label: string, size: number): NpyHeader {
  const claimed = header.dataOffset + header.dataBytes;
  if (claimed !== size) {
    throw malformed(
      label,
      `has ${size} bytes where its shape (${header.shape.join(', ')}) needs ${claimed}`,
      { hint: 'It was cut off or is damaged: write it again, or fetch it again.' },
    );
  }
  if (header.dataBytes > MAX_ARRAY_BYTES) {
    throw malformed(label, `holds ${header.dataBytes} bytes of values`, {
      hint: `An array may hold up to ${MAX_ARRAY_BYTES} bytes: evaluate on a part of the data.`,
    });
  }
  return header;
}

/** A buffer of `capacity` bytes in the end, which never holds more than twice what arrived. */
class GrowingBytes {
  #bytes: Uint8Array;
  #length = 0;
  readonly #capacity: number;
  readonly #label: string;

  constructor(capacity: number, label: string) {
    this.#capacity = capacity;
    this.#label = label;
    this.#bytes = sharedBytes(Math.min(capacity, FIRST_BYTES));
  }

  append(chunk: Uint8Array): void {
    const end = this.#length + chunk.length;
    if (end > this.#capacity) throw malformed(this.#label, 'goes on after its last value');
    if (end > this.#bytes.length) {
      const grown = sharedBytes(Math.min(this.#capacity, Math.max(end, this.#bytes.length * 2)));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = end;
  }

  whole(): Uint8Array {
    if (this.#length < this.#capacity) throw malformed(this.#label, 'ends before its last value');
    return this.#bytes;
  }
}

function arrayOf(header: NpyHeader, bytes: Uint8Array): NdArray {
  const { elementType, shape } = header;
  const itemBytes = ELEMENT_BYTES[elementType];
  if (header.bigEndian !== (endianness() === 'BE')) swapBytes(bytes, itemBytes);
  const ordered = header.fortranOrder ? toCOrder(bytes, shape, itemBytes) : bytes;
  return { elementType, shape, values: viewOf(elementType, ordered) };
}

function swapBytes(bytes: Uint8Array, itemBytes: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (itemBytes === 2) buffer.swap16();
  else if (itemBytes === 4) buffer.swap32();
  else if (itemBytes === 8) buffer.swap64();
}

/** Fortran order runs fastest along the first axis: what pandas' `to_numpy()` often gives. */
function toCOrder(bytes: Uint8Array, shape: readonly number[], itemBytes: number): Uint8Array {
  const ordered = sharedBytes(bytes.length);
  const strides: number[] = [];
  shape.reduce((stride, size) => {
    strides.push(stride);
    return stride * size;
  }, itemBytes);
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < bytes.length; to += itemBytes) {
    for (let byte = 0; byte < itemBytes; byte++) ordered[to + byte] = bytes[from + byte] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      const stride = strides[axis] ?? 0;
      if (next < (shape[axis] ?? 0)) {
        index[axis] = next;
        from += stride;
        break;
      }
      index[axis] = 0;
      from -= stride * (next - 1);
    }
  }
  return ordered;
}
