import { createHash } from 'node:crypto';
import { isNull, rowCount, type Column } from '../column.ts';

/** Numbers of a column that are kept for its distribution. */
const MAX_SAMPLE = 100_000;

/** A column of more texts is no category. */
const MAX_CATEGORIES = 1000;

/** What a column of a data set holds; filled batch by batch, in memory that does not grow with it. */
export class ColumnProfile {
  readonly name: string;
  count = 0;
  nulls = 0;
  min = Infinity;
  max = -Infinity;
  /** Values that are not numbers, nor written like ones. */
  #texts = 0;
  #sample: number[] = [];
  #stride = 1;
  #seen = 0;
  #categories: Map<string, number> | undefined = new Map();

  constructor(name: string) {
    this.name = name;
  }

  add(column: Column): void {
    const rows = rowCount(column);
    for (let row = 0; row < rows; row++) {
      this.count += 1;
      const value = isNull(column, row) ? null : valueAt(column, row);
      if (value === null) this.nulls += 1;
      else if (typeof value === 'number') this.#addNumber(value);
      else this.#texts += 1;
      if (value !== null) this.#addCategory(String(value));
    }
  }

  get kind(): 'numbers' | 'texts' | 'nothing' {
    if (this.#texts > 0) return 'texts';
    return this.#seen > 0 ? 'numbers' : 'nothing';
  }

  /** Every n-th number, by what the column has of them. */
  get sample(): Float64Array {
    return Float64Array.from(this.#sample);
  }

  /** How often each value is there; undefined where there are too many. */
  get categories(): ReadonlyMap<string, number> | undefined {
    return this.#categories;
  }

  #addNumber(value: number): void {
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
    if (this.#seen++ % this.#stride === 0) this.#sample.push(value);
    if (this.#sample.length < MAX_SAMPLE) return;
    this.#sample = this.#sample.filter((_, index) => index % 2 === 0);
    this.#stride *= 2;
  }

  #addCategory(value: string): void {
    const categories = this.#categories;
    if (!categories) return;
    categories.set(value, (categories.get(value) ?? 0) + 1);
    if (categories.size > MAX_CATEGORIES) this.#categories = undefined;
  }
}

/** Null for what is no value; a number where it is one, or a text that says one. */
function valueAt(column: Column, row: number): number | string | null {
  switch (column.kind) {
    case 'numbers': {
      const size = column.array.values.length / Math.max(1, rowCount(column));
      if (size !== 1) return `${size} numbers`;
      const value = Number(column.array.values[row]);
      return Number.isNaN(value) ? null : value;
    }
    case 'texts': {
      const text = column.values[row]?.trim() ?? '';
      if (text === '') return null;
      const value = Number(text);
      return Number.isNaN(value) ? text : value;
    }
    case 'files':
      return column.values[row]?.name ?? null;
    case 'values':
      return JSON.stringify(column.values[row]);
  }
}

/** A hash of one row over columns: equal rows have equal hashes. */
export function rowHash(columns: readonly Column[], row: number): string {
  const hash = createHash('sha256');
  for (const column of columns) {
    if (column.kind === 'numbers') {
      const { values, shape } = column.array;
      const size = values.length / Math.max(1, shape[0] ?? 1);
      const part = values.subarray(row * size, (row + 1) * size);
      // Numbers of another width are the same numbers.
      hash.update(Array.from<number | bigint, string>(part, String).join(' '));
    } else {
      const value = column.values[row];
      if (column.kind === 'files')
        hash.update((value as { bytes: Uint8Array } | null)?.bytes ?? '');
      else
        hash.update(
          column.kind === 'texts'
            ? ((value as string | null) ?? '')
            : JSON.stringify(value ?? null),
        );
    }
    hash.update('\0');
  }
  return hash.digest().toString('latin1', 0, 16);
}
