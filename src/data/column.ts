import { elementCount, type NdArray } from '../formats/nd-array.ts';
import { emptyLike, takeRows } from './padding.ts';

/**
 * Some rows of one column, as the file has them.
 *
 * - `numbers`: an array whose first axis counts the rows
 * - `texts`: strings
 * - `files`: the bytes of a file for each row, such as an image
 * - `values`: whatever else JSON can say: lists of unequal length, objects
 */
export type Column = Numbers | Texts | Files | JsonValues;

export interface Numbers {
  readonly kind: 'numbers';
  readonly array: NdArray;
  /** 1 for each row that has no value (there the array holds 0); undefined where all have one. */
  readonly nulls: Uint8Array | undefined;
}

export interface Texts {
  readonly kind: 'texts';
  readonly values: readonly (string | null)[];
}

export interface NamedBytes {
  /** For errors. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Files {
  readonly kind: 'files';
  readonly values: readonly (NamedBytes | null)[];
}

export interface JsonValues {
  readonly kind: 'values';
  readonly values: readonly unknown[];
}

/** Rows of a data set that lie together: every column has the same count of rows. */
export interface Rows {
  /** The number of the first row, from 0. */
  readonly from: number;
  readonly count: number;
  readonly columns: ReadonlyMap<string, Column>;
}

export function numbers(array: NdArray, nulls?: Uint8Array): Numbers {
  return { kind: 'numbers', array, nulls };
}

export function rowCount(column: Column): number {
  return column.kind === 'numbers' ? (column.array.shape[0] ?? 0) : column.values.length;
}

/** Whether row `row` has no value. */
export function isNull(column: Column, row: number): boolean {
  if (column.kind === 'numbers') return column.nulls?.[row] === 1;
  return column.values[row] === null || column.values[row] === undefined;
}

/** Rows `from` to `to` (exclusive); numbers are a view of the same memory. */
export function sliceColumn(column: Column, from: number, to: number): Column {
  switch (column.kind) {
    case 'numbers':
      return numbers(sliceArray(column.array, from, to), column.nulls?.subarray(from, to));
    case 'texts':
      return { kind: 'texts', values: column.values.slice(from, to) };
    case 'files':
      return { kind: 'files', values: column.values.slice(from, to) };
    case 'values':
      return { kind: 'values', values: column.values.slice(from, to) };
  }
}

export function sliceArray(array: NdArray, from: number, to: number): NdArray {
  const size = elementCount(array.shape.slice(1));
  return {
    elementType: array.elementType,
    shape: [to - from, ...array.shape.slice(1)],
    values: array.values.subarray(from * size, to * size),
  };
}

/** Rows in the given order. */
export function takeFromColumn(column: Column, rows: readonly number[]): Column {
  switch (column.kind) {
    case 'numbers': {
      const { nulls } = column;
      return numbers(
        takeRows(column.array, rows),
        nulls && Uint8Array.from(rows, (row) => nulls[row] ?? 0),
      );
    }
    case 'texts':
      return { kind: 'texts', values: rows.map((row) => column.values[row] ?? null) };
    case 'files':
      return { kind: 'files', values: rows.map((row) => column.values[row] ?? null) };
    case 'values':
      return { kind: 'values', values: rows.map((row) => column.values[row]) };
  }
}

/** The parts one after another; undefined where they do not look alike. */
export function joinColumns(parts: readonly Column[]): Column | undefined {
  const [first] = parts;
  if (!first || parts.length === 1) return first;
  switch (first.kind) {
    case 'numbers':
      return joinNumbers(parts);
    case 'texts':
      return everyOf(parts, 'texts') && { kind: 'texts', values: valuesOf(parts as Texts[]) };
    case 'files':
      return everyOf(parts, 'files') && { kind: 'files', values: valuesOf(parts as Files[]) };
    case 'values':
      return { kind: 'values', values: valuesOf(parts as JsonValues[]) };
  }
}

function everyOf(parts: readonly Column[], kind: Column['kind']): true | undefined {
  return parts.every((part) => part.kind === kind) || undefined;
}

function valuesOf<T>(parts: readonly { readonly values: readonly T[] }[]): T[] {
  return parts.flatMap(({ values }) => values);
}

function joinNumbers(parts: readonly Column[]): Numbers | undefined {
  const all = parts.filter((part) => part.kind === 'numbers');
  if (all.length < parts.length) return undefined;
  const array = joinArrays(all.map((part) => part.array));
  if (!array) return undefined;
  if (all.every(({ nulls }) => nulls === undefined)) return numbers(array);
  const nulls = new Uint8Array(array.shape[0] ?? 0);
  let row = 0;
  for (const part of all) {
    if (part.nulls) nulls.set(part.nulls, row);
    row += rowCount(part);
  }
  return numbers(array, nulls);
}

/** Arrays one after another along the first axis; undefined where type or shape differ. */
export function joinArrays(arrays: readonly NdArray[]): NdArray | undefined {
  const [first] = arrays;
  if (!first || arrays.length === 1) return first;
  const row = first.shape.slice(1);
  const alike = arrays.every(
    ({ elementType, shape }) =>
      elementType === first.elementType &&
      shape.length === first.shape.length &&
      row.every((size, axis) => size === shape[axis + 1]),
  );
  if (!alike) return undefined;
  const count = arrays.reduce((sum, { values }) => sum + values.length, 0);
  const joined = emptyLike(first.values, count);
  let at = 0;
  for (const { values } of arrays) {
    joined.set(values as never, at);
    at += values.length;
  }
  const rows = arrays.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  return { elementType: first.elementType, shape: [rows, ...row], values: joined };
}
