import * as zlib from 'node:zlib';
import { codeOf, messageOf } from '../errors.ts';
import { unpackBzip2 } from './compression/bzip2.ts';
import { unpackLz4 } from './compression/lz4.ts';
import { unpackLzma } from './compression/lzma.ts';
import { Output, UnpackError } from './compression/output.ts';
import { unpackXz } from './compression/xz.ts';
import { MAX_UNPACKED_BYTES } from './limits.ts';
import type { Source } from './source.ts';

export { UnpackError } from './compression/output.ts';

export type Packing = 'gzip' | 'zlib' | 'deflate' | 'bzip2' | 'xz' | 'lzma' | 'lz4' | 'zstd';

/** Packed bytes that are enough to tell a format by what they unpack to. */
const PEEK_BYTES = 16 * 1024;

/** What was unpacked; where the packed bytes break off, what stands before that. */
export interface Unpacked {
  readonly bytes: Uint8Array;
  readonly whole: boolean;
}

/** What may still be unpacked of one file: all its packed parts share it. */
export class UnpackBudget {
  #left = MAX_UNPACKED_BYTES;

  /** @throws UnpackError where nothing can be unpacked, or more than is left of the budget. */
  unpack(source: Source, packing: Packing): Unpacked {
    if (source.size > this.#left) throw tooLarge();
    const unpacked = unpack(source.view(0, source.size), packing, this.#left);
    this.#left -= unpacked.bytes.length;
    return unpacked;
  }

  /** The first bytes of what a deflated `source` unpacks to; empty where it is damaged. */
  peek(source: Source): Uint8Array {
    try {
      return native(
        zlib.inflateRawSync,
        source.view(0, PEEK_BYTES),
        this.#left,
        zlib.constants.Z_SYNC_FLUSH,
      );
    } catch (thrown) {
      if (thrown instanceof UnpackError) return new Uint8Array(0);
      throw thrown;
    }
  }
}

function unpack(packed: Uint8Array, packing: Packing, limit: number): Unpacked {
  switch (packing) {
    case 'gzip':
      return tolerant(zlib.gunzipSync, packed, limit);
    case 'zlib':
      return tolerant(zlib.inflateSync, packed, limit);
    case 'deflate':
      return tolerant(zlib.inflateRawSync, packed, limit);
    case 'bzip2':
      return own(unpackBzip2, packed, limit);
    case 'xz':
      return own(unpackXz, packed, limit);
    case 'lzma':
      return own(unpackLzma, packed, limit);
    case 'lz4':
      return own(unpackLz4, packed, limit);
    case 'zstd':
      return zstd(packed, limit);
  }
}

function own(
  unpacker: (input: Uint8Array, output: Output) => void,
  packed: Uint8Array,
  limit: number,
): Unpacked {
  const output = new Output(limit);
  try {
    // A copy: the source may reuse its window while the bytes are read.
    unpacker(packed.slice(), output);
    return { bytes: output.bytes, whole: true };
  } catch (thrown) {
    if (!(thrown instanceof UnpackError)) throw thrown;
    if (thrown.kind === 'limit' || output.length === 0) throw thrown;
    return { bytes: output.bytes, whole: false };
  }
}

type Native = (bytes: Uint8Array, options: zlib.ZlibOptions) => Buffer;

/** First to the end; where that fails, what can be had. */
function tolerant(unpacker: Native, packed: Uint8Array, limit: number): Unpacked {
  try {
    return { bytes: native(unpacker, packed, limit, zlib.constants.Z_FINISH), whole: true };
  } catch (thrown) {
    if (!(thrown instanceof UnpackError) || thrown.kind === 'limit') throw thrown;
    return { bytes: native(unpacker, packed, limit, zlib.constants.Z_SYNC_FLUSH), whole: false };
  }
}

function native(
  unpacker: Native,
  bytes: Uint8Array,
  limit: number,
  finishFlush: number,
): Uint8Array {
  try {
    return unpacker(bytes, { maxOutputLength: Math.max(1, limit), finishFlush });
  } catch (thrown) {
    if (codeOf(thrown) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new UnpackError('malformed', messageOf(thrown));
  }
}

/** Node has zstd from 22.15 on. */
function zstd(packed: Uint8Array, limit: number): Unpacked {
  const { zstdDecompressSync } = zlib as { zstdDecompressSync?: Native };
  if (!zstdDecompressSync)
    throw new UnpackError('limit', 'this version of Node cannot unpack zstd');
  try {
    return {
      bytes: zstdDecompressSync(packed, { maxOutputLength: Math.max(1, limit) }),
      whole: true,
    };
  } catch (thrown) {
    if (codeOf(thrown) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new UnpackError('malformed', messageOf(thrown));
  }
}

function tooLarge(): UnpackError {
  return new UnpackError('limit', `unpacks to more than ${MAX_UNPACKED_BYTES} bytes`);
}
