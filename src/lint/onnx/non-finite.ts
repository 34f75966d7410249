import type { Source } from '../../formats/source.ts';
import { DATA_TYPE, type Tensor } from '../../onnx/model.ts';

/** A diverged training shows everywhere: a part of each tensor tells. */
const MAX_TENSOR_BYTES = 256 * 1024;

/** Of one file: what keeps a model of gigabytes as quick as its structure. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

export class ScanBudget {
  #left = MAX_FILE_BYTES;

  /** How many of `length` bytes may be looked at. */
  take(length: number): number {
    const taken = Math.min(length, MAX_TENSOR_BYTES, this.#left);
    this.#left -= taken;
    return taken;
  }
}

interface FloatFormat {
  readonly bytes: 2 | 4 | 8;
  /** Of the highest 16 bits: which are exponent, and which mantissa. */
  readonly exponent: number;
  readonly mantissa: number;
}

const FORMATS: ReadonlyMap<number, FloatFormat> = new Map([
  [DATA_TYPE.float, { bytes: 4, exponent: 0x7f80, mantissa: 0x007f }],
  [DATA_TYPE.double, { bytes: 8, exponent: 0x7ff0, mantissa: 0x000f }],
  [DATA_TYPE.float16, { bytes: 2, exponent: 0x7c00, mantissa: 0x03ff }],
  [DATA_TYPE.bfloat16, { bytes: 2, exponent: 0x7f80, mantissa: 0x007f }],
]);

/** What values that are no numbers a tensor holds, as a text; undefined where there are none. */
export function nonFinite(source: Source, tensor: Tensor, budget: ScanBudget): string | undefined {
  const format = FORMATS.get(tensor.dataType);
  const run = format && runOf(tensor, format);
  if (!run) return undefined;
  return scan(source.view(run.offset, budget.take(run.length)), format);
}

function runOf(
  { data }: Tensor,
  { bytes }: FloatFormat,
): { offset: number; length: number } | undefined {
  if (data.kind === 'file') return data;
  if (data.kind !== 'typed' || bytes === 2) return undefined;
  // float_data and double_data are packed little-endian, as raw_data is.
  return data.runs.find(({ packed }) => packed);
}

function scan(
  bytes: Uint8Array,
  { bytes: size, exponent, mantissa }: FloatFormat,
): string | undefined {
  const count = Math.floor(bytes.length / size);
  let infinite = 0;
  let others = 0;
  for (let index = 0; index < count; index++) {
    const end = (index + 1) * size;
    const high = ((bytes[end - 1] ?? 0) << 8) | (bytes[end - 2] ?? 0);
    if ((high & exponent) !== exponent) {
      // Zero and one are what a mask has beside its infinities.
      if (high !== 0 && high !== 0x8000 && high !== 0x3f80 && high !== 0x3c00 && high !== 0x3ff0)
        others += 1;
      continue;
    }
    if ((high & mantissa) !== 0 || !isZero(bytes, index * size, end - 2)) return 'NaN';
    infinite += 1;
  }
  const isMask = others === 0;
  return infinite > 0 && !isMask ? `infinity ${infinite} times` : undefined;
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index++) if (bytes[index] !== 0) return false;
  return true;
}
