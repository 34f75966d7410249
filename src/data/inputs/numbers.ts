import {
  ELEMENT_BYTES,
  elementCount,
  sharedBytes,
  viewOf,
  type NdArray,
} from '../../formats/nd-array.ts';
import type { ColumnPart, NumberType } from '../../project/data-description.ts';
import { isNull, rowCount, type Column, type Numbers, type Rows } from '../column.ts';
import { invalidData, quoted, type DataPlace } from '../problem.ts';
import type { Input } from './input.ts';

/** A column or an array as it is. */
export function plainInput(file: string, column: string): Input {
  return {
    columns: [column],
    tensor: (rows) => {
      const found = columnIn(rows, column);
      const { array, nulls } = asNumbers(found, { file, column, row: rows.from });
      const missing = nulls?.indexOf(1) ?? -1;
      if (missing < 0) return { array };
      throw missingValue({ file, column, row: rows.from + missing });
    },
  };
}

type Part = Exclude<ColumnPart, string>;

/** Columns side by side as one tensor [rows, features]. */
export function stackedInput(file: string, parts: readonly ColumnPart[], type: NumberType): Input {
  const encoders = parts.map((part) => {
    const given: Part =
      typeof part === 'string'
        ? { column: part, mean: 0, std: 1, encode: 'index', unknown: 'error' }
        : part;
    return { part: given, categories: categoriesOf(given) };
  });
  return {
    columns: [...new Set(encoders.map(({ part }) => part.column))],
    tensor: (rows) => {
      const blocks = encoders.map(({ part, categories }) => {
        const place = { file, column: part.column, row: rows.from };
        const column = columnIn(rows, part.column);
        return categories
          ? categoryBlock(column, { part, categories, place })
          : numberBlock(column, { part, place });
      });
      return { array: stack(blocks, rows.count, type) };
    },
  };
}

/** Some features of all rows, row after row. */
interface Block {
  readonly width: number;
  readonly values: ArrayLike<number>;
}

function categoriesOf({ categories }: Part): ReadonlyMap<string, number> | undefined {
  return categories && new Map(categories.map((name, index) => [name, index]));
}

function categoryBlock(
  column: Column,
  task: {
    readonly part: Part;
    readonly categories: ReadonlyMap<string, number>;
    readonly place: RowPlace;
  },
): Block {
  const { part, categories, place } = task;
  const count = rowCount(column);
  const oneHot = part.encode === 'one-hot';
  const width = oneHot ? categories.size : 1;
  const values = new Float64Array(count * width);
  for (let row = 0; row < count; row++) {
    const text = categoryAt(column, row);
    const index = text === null ? undefined : categories.get(text);
    if (index === undefined && part.unknown === 'error') {
      throw invalidData(
        { ...place, row: place.row + row },
        text === null ? 'has no value' : `${quoted(text)} is none of the categories`,
        "Add it to 'categories' if the model was trained with it, or set 'unknown: ignore'.",
      );
    }
    if (!oneHot) values[row] = index ?? -1;
    else if (index !== undefined) values[row * width + index] = 1;
  }
  return { width, values };
}

/** A value as its category is written: whole numbers without a point. */
function categoryAt(column: Column, row: number): string | null {
  if (isNull(column, row)) return null;
  const value = column.kind === 'numbers' ? column.array.values[row] : column.values[row];
  return typeof value === 'string' ? value : String(value);
}

function numberBlock(
  column: Column,
  { part, place }: { readonly part: Part; readonly place: RowPlace },
): Block {
  const { array, nulls } = asNumbers(column, place);
  const width = elementCount(array.shape.slice(1));
  const { fill, mean, std } = part;
  const plain = mean === 0 && std === 1;
  const checked = array.elementType.startsWith('float') || nulls !== undefined;
  if (plain && !checked && !(array.values instanceof BigInt64Array)) {
    return { width, values: array.values as ArrayLike<number> };
  }
  const values = new Float64Array(array.values.length);
  for (let at = 0; at < values.length; at++) {
    const row = width === 1 ? at : Math.floor(at / width);
    let value = Number(array.values[at]);
    if (nulls?.[row] === 1 || Number.isNaN(value)) {
      if (fill === undefined) throw missingValue({ ...place, row: place.row + row });
      value = fill;
    }
    values[at] = plain ? value : (value - mean) / std;
  }
  return { width, values };
}

function stack(blocks: readonly Block[], count: number, type: NumberType): NdArray {
  const width = blocks.reduce((sum, block) => sum + block.width, 0);
  const values = viewOf(type, sharedBytes(count * width * ELEMENT_BYTES[type]));
  let offset = 0;
  for (const block of blocks) {
    for (let row = 0; row < count; row++) {
      for (let at = 0; at < block.width; at++) {
        const value = block.values[row * block.width + at] ?? 0;
        const to = row * width + offset + at;
        if (values instanceof BigInt64Array) values[to] = BigInt(value);
        else values[to] = value;
      }
    }
    offset += block.width;
  }
  return { elementType: type, shape: [count, width], values };
}

interface RowPlace extends DataPlace {
  readonly row: number;
  readonly column: string;
}

export function columnIn(rows: Rows, name: string): Column {
  const column = rows.columns.get(name);
  if (column) return column;
  throw new Error(`column '${name}' was not read`);
}

/** What spreadsheets and pandas write for a number that is not there. */
const MISSING: ReadonlySet<string> = new Set(['', 'nan', 'na', 'n/a', 'null', 'none']);

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * A column as numbers; texts are parsed, as a CSV file has nothing else.
 * @param place of its first row
 * @throws UserError for a text that is no number, and for what can be none.
 */
export function asNumbers(column: Column, place: RowPlace): Numbers {
  if (column.kind === 'numbers') return column;
  if (column.kind !== 'texts') {
    throw invalidData(
      place,
      column.kind === 'files' ? 'holds files, not numbers' : 'holds lists of unequal length',
      'Choose a column of numbers, or say how to prepare it (docs/data.md).',
    );
  }
  const count = column.values.length;
  const values = new Float64Array(count);
  let nulls: Uint8Array | undefined;
  for (let row = 0; row < count; row++) {
    const text = column.values[row]?.trim() ?? '';
    if (MISSING.has(text.toLowerCase())) {
      nulls ??= new Uint8Array(count);
      nulls[row] = 1;
    } else {
      values[row] = parseNumber(text, { ...place, row: place.row + row });
    }
  }
  const array: NdArray = { elementType: 'float64', shape: [count], values };
  return { kind: 'numbers', array, nulls };
}

function parseNumber(text: string, place: DataPlace): number {
  if (DECIMAL.test(text)) return Number(text);
  const lower = text.toLowerCase();
  if (lower === 'true') return 1;
  if (lower === 'false') return 0;
  const [, sign, infinity] = /^([+-]?)(inf|infinity)$/.exec(lower) ?? [];
  if (infinity !== undefined) return sign === '-' ? -Infinity : Infinity;
  throw invalidData(
    place,
    `${quoted(text)} is not a number`,
    "Correct it, or list the column's 'categories' if it holds names.",
  );
}

function missingValue(place: DataPlace): Error {
  return invalidData(
    place,
    'has no value (null or NaN)',
    "Correct the data, or say what stands for it with 'fill'.",
  );
}
