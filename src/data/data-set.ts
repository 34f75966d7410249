import { UserError } from '../errors.ts';
import type { NdArray } from '../formats/nd-array.ts';
import type { DataSource, InputDescription } from '../project/data-description.ts';
import { joinBatches, joinColumnsOf, type Batch } from './batch.ts';
import { sliceColumn, type Rows } from './column.ts';
import { openInputs } from './inputs/index.ts';
import type { Input } from './inputs/input.ts';
import { MAX_WHOLE_BYTES } from './limits.ts';
import type { Padding } from './padding.ts';
import { invalidData } from './problem.ts';
import type { Reader } from './reader.ts';
import { openReader, pathOf } from './readers/index.ts';

/** What to take from a data set. Plain data: it can be sent to another thread and opened there. */
export interface DataDescription {
  readonly source: DataSource;
  /** Input of the model -> how it comes from the columns. */
  readonly inputs: Readonly<Record<string, InputDescription>>;
  /** Columns that are wanted as they are: labels, slices, groups. */
  readonly columns?: readonly string[];
}

/** A data set that was opened: its columns are known to be there, its rows are not yet read. */
export interface DataSet {
  /** As the description names it. */
  readonly file: string;
  /** How many examples there are; undefined where only reading to the end tells. */
  readonly count: number | undefined;
  /** Every column or array that it has, whether or not it is wanted. */
  readonly names: readonly string[];
  /**
   * The examples in order, in batches of `size`, but for the last, which may be smaller. Memory
   * does not grow with the file (but for npz, whose arrays are read whole). Each call starts anew.
   * @throws UserError that names file, row and column for whatever cannot be read.
   */
  batches(size: number): AsyncIterable<Batch>;
}

/**
 * Opens a data set and checks that it has the columns that are wanted.
 * @param folder what paths are relative to, absolute
 */
export async function openDataSet(folder: string, description: DataDescription): Promise<DataSet> {
  const { source, columns: extra = [] } = description;
  const file = pathOf(source);
  const reader = await openReader(folder, source);
  const inputs = await openInputs(folder, file, description.inputs);
  const wanted = new Set([...inputs.values()].flatMap(({ columns }) => columns).concat(extra));
  checkNames(reader, wanted, file);
  return {
    file,
    count: reader.count,
    names: reader.names,
    async *batches(size) {
      for await (const rows of inBatches(reader.rows([...wanted], size), size, file)) {
        yield await batchOf(rows, inputs, extra);
      }
    },
  };
}

/**
 * All examples as one batch, for what needs them in any order.
 * @throws UserError where they take more memory than a runner has.
 */
export async function readWhole(dataSet: DataSet, most = MAX_WHOLE_BYTES): Promise<Batch> {
  const parts: Batch[] = [];
  let bytes = 0;
  for await (const batch of dataSet.batches(WHOLE_BATCH)) {
    for (const { values } of batch.inputs.values()) bytes += values.byteLength;
    if (bytes > most) {
      throw invalidData(
        { file: dataSet.file },
        `its inputs take more than ${most} bytes`,
        'Use a part of the data, or smaller inputs.',
      );
    }
    parts.push(batch);
  }
  return joinBatches(parts, dataSet.file);
}

/** Examples that are prepared at a time when all are wanted. */
const WHOLE_BATCH = 4096;

function checkNames({ names }: Reader, wanted: ReadonlySet<string>, file: string): void {
  const present = new Set(names);
  const missing = [...wanted].filter((name) => !present.has(name));
  if (missing.length === 0) return;
  const list = missing.map((name) => `'${name}'`).join(', ');
  throw new UserError(`${file} has no column or array ${list}`, {
    hint: names.length > 0 ? `It holds: ${names.slice(0, 50).join(', ')}.` : 'It holds nothing.',
    place: { file },
  });
}

async function batchOf(
  rows: Rows,
  inputs: ReadonlyMap<string, Input>,
  extra: readonly string[],
): Promise<Batch> {
  const arrays = new Map<string, NdArray>();
  const padded = new Map<string, Padding>();
  let lengths: Int32Array | undefined;
  for (const [name, input] of inputs) {
    const tensor = await input.tensor(rows);
    arrays.set(name, tensor.array);
    if (!tensor.ragged) continue;
    lengths = tensor.ragged.lengths;
    padded.set(name, tensor.ragged.padding);
  }
  const columns = new Map(
    extra.flatMap((name) => {
      const column = rows.columns.get(name);
      return column ? [[name, column] as const] : [];
    }),
  );
  return { from: rows.from, count: rows.count, inputs: arrays, lengths, padded, columns };
}

/** The rows of a reader again, in batches of exactly `size` but for the last. */
async function* inBatches(
  source: AsyncIterable<Rows>,
  size: number,
  file: string,
): AsyncGenerator<Rows> {
  let parts: Rows[] = [];
  let held = 0;
  for await (const rows of source) {
    let from = 0;
    while (held + rows.count - from >= size) {
      const to = from + size - held;
      yield joinRows([...parts, sliceRows(rows, from, to)], file);
      parts = [];
      held = 0;
      from = to;
    }
    if (from < rows.count) parts.push(sliceRows(rows, from, rows.count));
    held += rows.count - from;
  }
  if (held > 0) yield joinRows(parts, file);
}

function sliceRows(rows: Rows, from: number, to: number): Rows {
  if (from === 0 && to === rows.count) return rows;
  const columns = new Map(
    Array.from(rows.columns, ([name, column]) => [name, sliceColumn(column, from, to)]),
  );
  return { from: rows.from + from, count: to - from, columns };
}

function joinRows(parts: readonly Rows[], file: string): Rows {
  const [first] = parts;
  if (!first) throw new Error('there are no rows');
  if (parts.length === 1) return first;
  const count = parts.reduce((sum, rows) => sum + rows.count, 0);
  return { from: first.from, count, columns: joinColumnsOf(parts, file) };
}
