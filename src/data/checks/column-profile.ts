import { halfToNumber } from '../../formats/half.ts';
import { isNull, rowCount, type Column, type Numbers } from '../column.ts';
import { Sample } from './sample.ts';
import { TextProfile } from './text-profile.ts';

/** A column of more texts is no category. */
const MAX_CATEGORIES = 1000;

/** Fewer rows for a category tell nothing of its share: a rule of thumb of the chi-squared test. */
const ROWS_PER_CATEGORY = 5;

export type Kind = 'numbers' | 'texts' | 'arrays' | 'files' | 'values' | 'nothing';

/** What a column of a data set holds; filled batch by batch, in memory that does not grow with it. */
export class ColumnProfile {
  readonly name: string;
  count = 0;
  nulls = 0;
  min = Infinity;
  max = -Infinity;
  /** The kind that the file says; texts may turn out to be numbers. */
  #form: 'plain' | 'arrays' | 'files' | 'values' = 'plain';
  /** Values that are not numbers, nor written like ones. */
  #texts = 0;
  readonly #numbers = new Sample();
  /** How often each value is there; undefined where there are too many. */
  #categories: Map<string, number> | undefined = new Map();
  readonly #text = new TextProfile();

  constructor(name: string) {
    this.name = name;
  }

  add(column: Column): void {
    const rows = rowCount(column);
    this.#form = formOf(column);
    for (let row = 0; row < rows; row++) {
      this.count += 1;
      const value = isNull(column, row) ? null : valueAt(column, row);
      if (value === null) this.nulls += 1;
      else this.#add(value);
    }
  }

  get kind(): Kind {
    if (this.count === this.nulls) return 'nothing';
    if (this.#form !== 'plain') return this.#form;
    return this.#texts > 0 ? 'texts' : 'numbers';
  }

  /** Every n-th number, by what the column has of them; of arrays, their means. */
  get sample(): Float64Array {
    return this.#numbers.values();
  }

  /** How often each value is there; undefined where there are too many. */
  get categories(): ReadonlyMap<string, number> | undefined {
    return this.#categories;
  }

  /** Whether the share of each value says something. */
  get isCategorical(): boolean {
    const { size = Infinity } = this.#categories ?? {};
    return size * ROWS_PER_CATEGORY <= this.count - this.nulls;
  }

  /** The values as texts that are too many to be counted one by one. */
  get texts(): TextProfile {
    if (!this.#categories) return this.#text;
    const profile = new TextProfile();
    for (const [text, times] of this.#categories) profile.add(text, times);
    return profile;
  }

  #add(value: number | string): void {
    if (typeof value === 'number') {
      this.min = Math.min(this.min, value);
      this.max = Math.max(this.max, value);
      this.#numbers.add(value);
    } else {
      this.#texts += 1;
    }
    if (this.#form === 'plain') this.#addCategory(String(value));
  }

  #addCategory(value: string): void {
    if (!this.#categories) {
      this.#text.add(value);
      return;
    }
    this.#categories.set(value, (this.#categories.get(value) ?? 0) + 1);
    if (this.#categories.size <= MAX_CATEGORIES) return;
    for (const [text, times] of this.#categories) this.#text.add(text, times);
    this.#categories = undefined;
  }
}

function formOf(column: Column) {
  if (column.kind === 'files' || column.kind === 'values') return column.kind;
  return column.kind === 'numbers' && widthOf(column) !== 1 ? 'arrays' : 'plain';
}

function widthOf({ array }: Numbers): number {
  return array.shape.slice(1).reduce((width, size) => width * size, 1);
}

/** Null for what is no value; a number where it is one, or a text that says one. */
function valueAt(column: Column, row: number): number | string | null {
  switch (column.kind) {
    case 'numbers': {
      const value = meanOf(column, row);
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
      return '';
  }
}

/** The number itself where there is one alone. */
function meanOf(column: Numbers, row: number): number {
  const width = widthOf(column);
  const { values, elementType } = column.array;
  let sum = 0;
  for (let at = row * width; at < (row + 1) * width; at++) {
    const value = Number(values[at]);
    sum += elementType === 'float16' ? halfToNumber(value) : value;
  }
  return sum / width;
}
