import { takeExamples, type Batch } from '../data/index.ts';
import { elementCount } from '../formats/nd-array.ts';
import type { Goal } from '../project/inference-policy.ts';

/** Inputs of the first batch: they stay in a processor's cache beside some weights. */
const FIRST_BYTES = 256 * 1024;

/** What one request carries to another thread at most, but for a single example. */
const MAX_BYTES = 16 * 1024 * 1024;

const MAX_BATCH = 4096;

/** Fewer do not keep a processor's vector units busy. */
const MIN_FIRST = 32;

/**
 * Positions of the first batch where those of like length go together: their few bytes do not tell
 * how much a text model does with each.
 */
const FIRST_POSITIONS = 1024;

/** The batch size to begin with. It depends on the data alone, so that it is the same everywhere. */
export function firstBatch(window: Batch, goal: Goal, byLength: boolean): number {
  const longest = byLength ? longestOf(window) : 1;
  // A limit is approached from below.
  if (goal !== 'throughput') return longest;
  if (byLength) return Math.max(longest, FIRST_POSITIONS);
  const wanted = powerOfTwo(FIRST_BYTES / bytesOfExample(window));
  return Math.min(largestBatch(window, byLength), Math.max(MIN_FIRST, wanted));
}

export function largestBatch(window: Batch, byLength: boolean): number {
  const examples = Math.min(MAX_BATCH, powerOfTwo(MAX_BYTES / bytesOfExample(window)));
  return byLength ? examples * longestOf(window) : examples;
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

/** How far the examples of a batch are filled up; 1 where they have no lengths. */
function longestOf({ inputs, padded }: Batch): number {
  const lengths = Array.from(padded.keys(), (name) => inputs.get(name)?.shape[1] ?? 1);
  return Math.max(1, ...lengths);
}

/** How much is in a window, in what batches are counted in. */
export function workOf({ count, lengths }: Batch, byLength: boolean): number {
  return byLength && lengths ? lengths.reduce((sum, length) => sum + length, 0) : count;
}

/** Some examples of a window that are answered together. */
export interface Part {
  readonly batch: Batch;
  /** The rows of the batch that they are. */
  readonly range: { readonly from: number; readonly to: number };
  /** The numbers of the examples in their data set. */
  readonly examples: Int32Array;
  /** In what batches are counted in. */
  readonly work: number;
}

/** The examples of a window in the order in which they are answered. */
export class Sequence {
  readonly #window: Batch;
  /** The rows by length: what takes most memory comes first. As they stand where there are none. */
  readonly #rows: readonly number[] | undefined;

  constructor(window: Batch, byLength: boolean) {
    this.#window = window;
    this.#rows = byLength ? longestFirst(window) : undefined;
  }

  /** How many examples go in the batch that begins at `from`: the first of them is the longest. */
  countIn(batch: number, from: number): number {
    if (!this.#rows) return batch;
    const length = this.#window.lengths?.[this.#rows[from] ?? 0] ?? 1;
    return Math.min(MAX_BATCH, Math.max(1, Math.floor(batch / Math.max(1, length))));
  }

  part(from: number, to: number): Part {
    const window = this.#window;
    const rows = this.#rows?.slice(from, to);
    const examples = Int32Array.from(
      { length: to - from },
      (_, index) => window.from + (rows?.[index] ?? from + index),
    );
    if (!rows) return { batch: window, range: { from, to }, examples, work: to - from };
    const batch = takeExamples(window, rows);
    const range = { from: 0, to: rows.length };
    return { batch, range, examples, work: rows.length * longestOf(batch) };
  }
}

function longestFirst({ count, lengths }: Batch): number[] {
  const rows = Array.from({ length: count }, (_, row) => row);
  return rows.sort((a, b) => (lengths?.[b] ?? 0) - (lengths?.[a] ?? 0));
}
