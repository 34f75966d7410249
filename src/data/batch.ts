import type { NdArray } from '../formats/nd-array.ts';
import { joinArrays, joinColumns, takeFromColumn, type Column } from './column.ts';
import { padTo, takeRows, type Padding } from './padding.ts';
import { invalidData } from './problem.ts';

/** Examples that are ready for a model. */
export interface Batch {
  /** The number of the first example in its data set, from 0. */
  readonly from: number;
  readonly count: number;
  /** Input of the model -> array whose first axis counts the examples. */
  readonly inputs: ReadonlyMap<string, NdArray>;
  /** The columns that the description asks for as they are: labels, slices. */
  readonly columns: ReadonlyMap<string, Column>;
  /**
   * How much of the second axis of the `padded` inputs each example fills; undefined where there
   * are none. An engine that sorts by length takes the batches that it wants by `takeExamples`.
   */
  readonly lengths: Int32Array | undefined;
  /** The inputs whose second axis is as long as the longest example needs. */
  readonly padded: ReadonlyMap<string, Padding>;
}

/** Examples `rows` of a batch, in that order; padding is cut to what the longest of them needs. */
export function takeExamples(batch: Batch, rows: readonly number[]): Batch {
  const { lengths, padded } = batch;
  const longest = lengths && rows.reduce((most, row) => Math.max(most, lengths[row] ?? 0), 0);
  const inputs = new Map(
    Array.from(batch.inputs, ([name, array]) => {
      const padding = padded.get(name);
      const cut = padding && longest !== undefined ? { ...padding, length: longest } : undefined;
      return [name, takeRows(array, rows, cut)];
    }),
  );
  const columns = new Map(
    Array.from(batch.columns, ([name, column]) => [name, takeFromColumn(column, rows)]),
  );
  return {
    from: batch.from,
    count: rows.length,
    inputs,
    columns,
    lengths: lengths && Int32Array.from(rows, (row) => lengths[row] ?? 0),
    padded,
  };
}

/**
 * Batches of one data set one after another as one.
 * @throws UserError where their arrays or columns are of different shapes or types.
 */
export function joinBatches(parts: readonly Batch[], file: string): Batch {
  const [first] = parts;
  if (!first) {
    throw invalidData(
      { file },
      'it has no examples',
      'Correct the data set, or the stage that writes it.',
    );
  }
  if (parts.length === 1) return first;
  const inputs = new Map(
    Array.from(first.inputs.keys(), (name) => [name, joinedInput(parts, name, file)]),
  );
  return {
    from: first.from,
    count: parts.reduce((sum, part) => sum + part.count, 0),
    inputs,
    columns: joinColumnsOf(parts, file),
    lengths: first.lengths && joinLengths(parts),
    padded: first.padded,
  };
}

function joinedInput(parts: readonly Batch[], name: string, file: string): NdArray {
  const arrays = parts.flatMap(({ inputs }) => inputs.get(name) ?? []);
  const padding = parts[0]?.padded.get(name);
  const longest = Math.max(...arrays.map(({ shape }) => shape[1] ?? 0));
  const alike = padding ? arrays.map((array) => padTo(array, longest, padding)) : arrays;
  const joined = joinArrays(alike);
  if (joined) return joined;
  throw invalidData(
    { file },
    `the examples for '${name}' are of different shapes`,
    'Give all the same shape: resize and crop images, or write arrays of one size.',
  );
}

function joinLengths(parts: readonly Batch[]): Int32Array {
  return Int32Array.from(parts.flatMap(({ lengths }) => Array.from(lengths ?? [])));
}

/** The columns of parts that follow one another. */
export function joinColumnsOf(
  parts: readonly Pick<Batch, 'from' | 'columns'>[],
  file: string,
): ReadonlyMap<string, Column> {
  const names = [...(parts[0]?.columns.keys() ?? [])];
  return new Map(
    names.map((name) => {
      const joined = joinColumns(parts.flatMap(({ columns }) => columns.get(name) ?? []));
      if (joined) return [name, joined];
      throw invalidData(
        { file, column: name, row: parts.at(-1)?.from },
        'changes its type or shape',
        'Write one type of value for the whole column.',
      );
    }),
  );
}
