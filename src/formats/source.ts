import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Enough for the structure around a tensor in one read, small beside a process's memory. */
const WINDOW_BYTES = 64 * 1024;

/**
 * Bytes that are read where they lie. Reading is synchronous: structure is a chain of small
 * dependent reads, which the page cache answers faster than a promise resolves.
 */
export interface Source {
  readonly size: number;
  /** Up to `length` bytes from `offset`; fewer at the end. The result may be reused by the next call. */
  view(offset: number, length: number): Uint8Array;
}

/** A source that holds a file open. */
export interface FileSource extends Source {
  close(): void;
}

/**
 * Opens a regular file for positional reads, also beyond 2 GiB.
 * @throws the system's error; what `path` names is the caller's to check (no link, no device).
 */
export function openSource(path: string): FileSource {
  const descriptor = openSync(path, 'r');
  const { size } = fstatSync(descriptor);
  const window = new Uint8Array(WINDOW_BYTES);
  let start = 0;
  let end = 0;
  return {
    size,
    view(offset, length) {
      const wanted = Math.min(length, size - offset);
      if (wanted <= 0) return EMPTY;
      if (offset >= start && offset + wanted <= end) {
        return window.subarray(offset - start, offset - start + wanted);
      }
      if (wanted > WINDOW_BYTES) {
        const bytes = new Uint8Array(wanted);
        return bytes.subarray(0, readFully(descriptor, bytes, offset));
      }
      start = offset;
      end = offset + readFully(descriptor, window, offset);
      return window.subarray(0, Math.min(wanted, end - start));
    },
    close() {
      closeSync(descriptor);
    },
  };
}

/** Bytes that are in memory already: what was unpacked from a container. */
export function memorySource(bytes: Uint8Array): Source {
  return {
    size: bytes.length,
    view: (offset, length) => bytes.subarray(offset, Math.min(offset + length, bytes.length)),
  };
}

/** The beginning of something longer, for readers of headers; the rest reads as nothing. */
export function prefixSource(start: Uint8Array, size: number): Source {
  return { ...memorySource(start), size };
}

/** A stretch of another source, such as a stored member of an archive. */
export function sliceSource(source: Source, start: number, length: number): Source {
  const size = Math.max(0, Math.min(length, source.size - start));
  return {
    size,
    view: (offset, wanted) =>
      offset >= size ? EMPTY : source.view(start + offset, Math.min(wanted, size - offset)),
  };
}

const EMPTY = new Uint8Array(0);

/** Reads until `bytes` is full or the file ends; returns how many bytes were read. */
function readFully(descriptor: number, bytes: Uint8Array, offset: number): number {
  let done = 0;
  while (done < bytes.length) {
    const count = readSync(descriptor, bytes, done, bytes.length - done, offset + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}
