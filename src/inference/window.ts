import { takeExamples, type Batch } from '../data/index.ts';
import { elementCount } from '../formats/nd-array.ts';
import type { Goal } from '../project/inference-policy.ts';

/** Inputs of the first batch: they stay in a processor's cache beside some weights. */
const FIRST_BYTES = 256 * 1024;

/** What one request carries to the other process at most, but for a single example. */
const MAX_BYTES = 16 * 1024 * 1024;

const MAX_BATCH = 4096;

/** Fewer do not keep a processor's vector units busy. */
const MIN_FIRST = 32;

/** The batch size to begin with. It depends on the data alone, so that it is the same everywhere. */
export function firstBatch(window: Batch, goal: Goal): number {
  // A limit is approached from below.
  if (goal !== 'throughput') return 1;
  const wanted = powerOfTwo(FIRST_BYTES / bytesOfExample(window));
  return Math.min(largestBatch(window), Math.max(MIN_FIRST, wanted));
}

export function largestBatch(window: Batch): number {
  return Math.min(MAX_BATCH, powerOfTwo(MAX_BYTES / bytesOfExample(window)));
}

function bytesOfExample({ inputs }: Batch): number {
  const sizes = Array.from(
    inputs.values(),
    ({ shape, values }) => values.BYTES_PER_ELEMENT * elementCount(shape.slice(1)),
  );
  return Math.max(
    1,
    sizes.reduce((sum, bytes) => sum + bytes, 0),
  );
}

/** The largest that is not above `limit`, and at least 1. */
function powerOfTwo(limit: number): number {
  return 2 ** Math.max(0, Math.floor(Math.log2(limit)));
}

/** The rows of a window by length: what takes most memory comes first. */
export function longestFirst({ count, lengths }: Batch): number[] {
  const rows = Array.from({ length: count }, (_, row) => row);
  return rows.sort((a, b) => (lengths?.[b] ?? 0) - (lengths?.[a] ?? 0));
}

/** How far the examples of a batch are filled up; 1 where they have no lengths. */
export function longestOf({ inputs, padded }: Batch): number {
  const lengths = Array.from(padded.keys(), (name) => inputs.get(name)?.shape[1] ?? 1);
  return Math.max(1, ...lengths);
}

/** Some examples of a window that are answered together. */
export interface Part {
  readonly batch: Batch;
  /** The rows of the batch that they are. */
  readonly range: { readonly from: number; readonly to: number };
  /** The numbers of the examples in their data set. */
  readonly examples: Int32Array;
}

/** @param order the rows of the window as they are answered; as they stand where there is none */
export function partOf(
  window: Batch,
  { order, from, to }: { readonly order: readonly number[] | undefined } & Part['range'],
): Part {
  const rows = order?.slice(from, to);
  return {
    batch: rows ? takeExamples(window, rows) : window,
    range: rows ? { from: 0, to: rows.length } : { from, to },
    examples: Int32Array.from(
      { length: to - from },
      (_, index) => window.from + (rows?.[index] ?? from + index),
    ),
  };
}
