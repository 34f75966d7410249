import type { Source } from '../../formats/source.ts';

/** A diverged training shows everywhere: a part of each tensor tells. */
const MAX_TENSOR_BYTES = 256 * 1024;

/** Of one file: what keeps a model of gigabytes as quick as its structure. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** Read at once where everything is; a multiple of every element's size. */
const CHUNK_BYTES = 1024 * 1024;

/** How much of the weights of one file is looked at: a sample, or all of them. */
export class ScanBudget {
  readonly #perTensor: number;
  #left: number;

  constructor(weights: 'sample' | 'all') {
    this.#perTensor = weights === 'all' ? Infinity : MAX_TENSOR_BYTES;
    this.#left = weights === 'all' ? Infinity : MAX_FILE_BYTES;
  }

  /** How many of `length` bytes may be looked at. */
  take(length: number): number {
    const taken = Math.min(length, this.#perTensor, this.#left);
    this.#left -= taken;
    return taken;
  }
}

export interface FloatFormat {
  readonly bytes: 2 | 4 | 8;
  /** Of the highest 16 bits: which are exponent, and which mantissa. */
  readonly exponent: number;
  readonly mantissa: number;
}

/** The formats of IEEE 754 that weights are kept in, and bfloat16. */
export const FLOAT = {
  f16: { bytes: 2, exponent: 0x7c00, mantissa: 0x03ff },
  bf16: { bytes: 2, exponent: 0x7f80, mantissa: 0x007f },
  f32: { bytes: 4, exponent: 0x7f80, mantissa: 0x007f },
  f64: { bytes: 8, exponent: 0x7ff0, mantissa: 0x000f },
} as const satisfies Record<string, FloatFormat>;

/** What was seen of a tensor so far. */
interface Seen {
  infinite: number;
  /** Nothing beside the infinities but what a mask has there. */
  isMask: boolean;
}

/**
 * What values that are no numbers `length` bytes of little-endian floats at `offset` hold, as a
 * text; undefined where there are none.
 */
export function nonFinite(
  source: Source,
  { offset, length }: { readonly offset: number; readonly length: number },
  format: FloatFormat,
  budget: ScanBudget,
): string | undefined {
  const end = offset + budget.take(length);
  const seen: Seen = { infinite: 0, isMask: true };
  for (let at = offset; at < end; at += CHUNK_BYTES) {
    if (hasNaN(source.view(at, Math.min(CHUNK_BYTES, end - at)), format, seen)) return 'NaN';
  }
  return seen.infinite > 0 && !seen.isMask ? `infinity ${seen.infinite} times` : undefined;
}

/** Zero and one, in each format: their highest 16 bits. */
const MASK_VALUES: ReadonlySet<number> = new Set([0, 0x8000, 0x3f80, 0x3c00, 0x3ff0]);

function hasNaN(
  bytes: Uint8Array,
  { bytes: size, exponent, mantissa }: FloatFormat,
  seen: Seen,
): boolean {
  const count = Math.floor(bytes.length / size);
  for (let index = 0; index < count; index++) {
    const end = (index + 1) * size;
    const high = ((bytes[end - 1] ?? 0) << 8) | (bytes[end - 2] ?? 0);
    if ((high & exponent) !== exponent) {
      if (seen.isMask && !MASK_VALUES.has(high)) seen.isMask = false;
      continue;
    }
    if ((high & mantissa) !== 0 || !isZero(bytes, index * size, end - 2)) return true;
    seen.infinite += 1;
  }
  return false;
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index++) if (bytes[index] !== 0) return false;
  return true;
}
