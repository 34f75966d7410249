import { constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { codeOf, messageOf } from '../errors.ts';
import { MAX_UNPACKED_BYTES } from './limits.ts';
import type { Source } from './source.ts';

/** The packed bytes could not be unpacked: what kind of problem that is. */
export class UnpackError extends Error {
  readonly kind: 'malformed' | 'limit';

  constructor(kind: 'malformed' | 'limit', message: string) {
    super(message);
    this.kind = kind;
  }
}

export type Packing = 'gzip' | 'zlib' | 'deflate';

/** What may still be unpacked of one file: all its packed parts share it. */
export class UnpackBudget {
  #left = MAX_UNPACKED_BYTES;

  /**
   * Unpacks `source`; where it breaks off, what stands before that (`whole` is false).
   * @throws UnpackError where nothing can be unpacked, or more than is left of the budget.
   */
  unpack(source: Source, packing: Packing): { bytes: Uint8Array; whole: boolean } {
    if (source.size > this.#left) throw tooLarge();
    const packed = source.view(0, source.size);
    const { bytes, whole } = unpackStrictly(packed, packing, this.#left);
    this.#left -= bytes.length;
    return { bytes, whole };
  }

  /** The first bytes of what `source` unpacks to; empty where it is damaged. */
  peek(source: Source, packing: Packing): Uint8Array {
    try {
      return run(source.view(0, PEEK_BYTES), packing, this.#left);
    } catch {
      return new Uint8Array(0);
    }
  }
}

/** Packed bytes that are enough to tell a format by what they unpack to. */
const PEEK_BYTES = 16 * 1024;

function unpackStrictly(packed: Uint8Array, packing: Packing, limit: number) {
  try {
    return { bytes: run(packed, packing, limit, constants.Z_FINISH), whole: true };
  } catch (thrown) {
    if (thrown instanceof UnpackError && thrown.kind === 'limit') throw thrown;
    return { bytes: run(packed, packing, limit), whole: false };
  }
}

function run(
  bytes: Uint8Array,
  packing: Packing,
  limit: number,
  finishFlush: number = constants.Z_SYNC_FLUSH,
): Uint8Array {
  const options = { maxOutputLength: Math.max(1, limit), finishFlush };
  try {
    switch (packing) {
      case 'gzip':
        return gunzipSync(bytes, options);
      case 'zlib':
        return inflateSync(bytes, options);
      case 'deflate':
        return inflateRawSync(bytes, options);
    }
  } catch (thrown) {
    if (codeOf(thrown) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new UnpackError('malformed', messageOf(thrown));
  }
}

function tooLarge(): UnpackError {
  return new UnpackError('limit', `unpacks to more than ${MAX_UNPACKED_BYTES} bytes`);
}
