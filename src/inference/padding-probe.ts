import { takeExamples, type Batch } from '../data/index.ts';
import { halfToNumber } from '../formats/half.ts';
import { elementCount } from '../formats/nd-array.ts';
import type { Tensor } from './protocol.ts';

/** Of the largest answer: what another order of float32 sums may change, and padding may not. */
const TOLERANCE = 1e-4;

/** Examples that are compared: the shortest, the longest, and one between. */
const PROBED = 3;

/**
 * Whether the answer to an example is the same whichever examples, and however much padding, are in
 * the batch with it: compared are a few examples together, filled up to the longest, and each by
 * itself. A model that ignores its mask, or whose quantization looks at the whole batch, is not so.
 */
export async function answersAlone(
  window: Batch,
  run: (batch: Batch) => Promise<Tensor>,
): Promise<boolean> {
  const rows = probed(window);
  const together = takeExamples(window, rows);
  const all = await run(together);
  const [side] = [...window.padded.values()].map((padding) => padding.side);
  for (const [index] of rows.entries()) {
    const alone = await run(takeExamples(together, [index]));
    if (!sameAnswer(rowOf(all, index), rowOf(alone, 0), side)) return false;
  }
  return true;
}

function probed({ count, lengths }: Batch): number[] {
  const rows = Array.from({ length: count }, (_, row) => row);
  const sorted = lengths ? rows.toSorted((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0)) : rows;
  const places = Array.from({ length: PROBED }, (_, index) =>
    Math.round((index * (count - 1)) / (PROBED - 1)),
  );
  return [...new Set(places)].map((place) => sorted[place] ?? 0);
}

interface Row {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly integer: boolean;
}

function rowOf({ shape, values, elementType }: Tensor, row: number): Row {
  const inner = shape.slice(1);
  const size = elementCount(inner);
  const numbers = Array.from(values.subarray(row * size, (row + 1) * size), Number);
  return {
    shape: inner,
    values: elementType === 'float16' ? numbers.map(halfToNumber) : numbers,
    integer: /int|bool/.test(elementType),
  };
}

/** The row of the batch may be longer, by what its padding gave. */
function sameAnswer(long: Row, short: Row, side: 'left' | 'right' | undefined): boolean {
  const [, ...inner] = short.shape;
  const skipped = long.values.length - short.values.length;
  const alike =
    long.shape.length === short.shape.length &&
    inner.every((size, axis) => size === long.shape[axis + 1]) &&
    (skipped === 0 || (skipped > 0 && side !== undefined));
  if (!alike) return false;
  const from = side === 'left' ? skipped : 0;
  const compared = long.values.slice(from, from + short.values.length);
  const largest = compared.filter(Number.isFinite).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const allowed = short.integer ? 0 : TOLERANCE * largest;
  return short.values.every((value, index) => {
    const other = compared[index] ?? NaN;
    return Object.is(value, other) || value === other || Math.abs(value - other) <= allowed;
  });
}
