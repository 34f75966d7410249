import type { ElementType, NdArray, Values } from '../../formats/nd-array.ts';
import { numbers, type Column, type NamedBytes } from '../column.ts';
import { invalidData, quoted, type DataPlace } from '../problem.ts';

/** Where a list of values comes from; `row` is that of the first. */
export interface ValuesPlace extends DataPlace {
  readonly row: number;
  readonly column: string;
}

/**
 * Values as JavaScript has them, as one column: numbers, truth values, dates (milliseconds), lists
 * of numbers of one length (an array of two dimensions), texts, bytes, or whatever else.
 * @throws UserError for numbers among texts, which no reader can mean.
 */
export function columnOf(values: readonly unknown[], place: ValuesPlace): Column {
  const kinds = new Set(values.map(kindOf));
  kinds.delete('null');
  const [kind = 'null', ...others] = kinds;
  if (others.length > 0) return mixed(values, kinds, place);
  switch (kind) {
    case 'number':
    case 'date':
      return numberColumn(values, 'float64');
    case 'bigint':
      return numberColumn(values, 'int64');
    case 'boolean':
      return numberColumn(values, 'bool');
    case 'bytes':
      return filesOf(values as (Uint8Array | null)[], place);
    case 'numbers':
      return matrix(values as (ArrayLike<number> | null)[]) ?? { kind: 'values', values };
    case 'file':
      return embeddedFiles(values as (EmbeddedFile | null)[], place);
    case 'text':
    case 'null':
      return { kind: 'texts', values: values.map((value) => (value ?? null) as string | null) };
    case 'other':
      return { kind: 'values', values };
  }
}

/** What the Python package `datasets` writes for an image: its bytes and the path it had. */
interface EmbeddedFile {
  readonly bytes: Uint8Array | null;
  readonly path?: string | null;
}

type Kind =
  | 'null'
  | 'number'
  | 'bigint'
  | 'boolean'
  | 'date'
  | 'text'
  | 'bytes'
  | 'numbers'
  | 'file'
  | 'other';

function kindOf(value: unknown): Kind {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'bigint') return 'bigint';
  if (typeof value === 'boolean') return 'boolean';
  if (value instanceof Date) return 'date';
  if (value instanceof Uint8Array) return 'bytes';
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return isNumberList(value as unknown as Iterable<unknown>) ? 'numbers' : 'other';
  }
  const { bytes } = value as { readonly bytes?: unknown };
  return bytes instanceof Uint8Array ? 'file' : 'other';
}

function isNumberList(list: Iterable<unknown>): boolean {
  let empty = true;
  for (const value of list) {
    if (typeof value !== 'number' && typeof value !== 'bigint') return false;
    empty = false;
  }
  return !empty;
}

function mixed(values: readonly unknown[], kinds: ReadonlySet<Kind>, place: ValuesPlace): Column {
  if (
    kinds.has('text') &&
    ['number', 'bigint', 'boolean'].some((kind) => kinds.has(kind as Kind))
  ) {
    const first = kindOf(values.find((value) => kindOf(value) !== 'null'));
    const offset = values.findIndex((value) => !['null', first].includes(kindOf(value)));
    throw invalidData(
      { ...place, row: place.row + offset },
      `holds ${quoted(values[offset] ?? '')} among values of another type`,
      'Write numbers as numbers and texts as texts, one type for a column.',
    );
  }
  return { kind: 'values', values };
}

/** Numbers of one type, with a place for those that are missing. */
export function numberColumn(values: ArrayLike<unknown>, elementType: ElementType): Column {
  const builder = new NumbersBuilder(values.length, elementType);
  builder.set(values, 0);
  return builder.column();
}

/** A column of numbers of one type that is filled part by part. */
export class NumbersBuilder {
  readonly #elementType: ElementType;
  readonly #values: Values;
  #nulls: Uint8Array | undefined;

  constructor(rows: number, elementType: ElementType) {
    this.#elementType = elementType;
    this.#values = new ARRAYS[elementType](rows);
  }

  /** A number, bigint or truth value; nothing where it is missing. */
  #put(row: number, value: unknown): void {
    if (value === null || value === undefined) {
      this.#nulls ??= new Uint8Array(this.#values.length);
      this.#nulls[row] = 1;
    } else if (this.#values instanceof BigInt64Array || this.#values instanceof BigUint64Array) {
      this.#values[row] = value as bigint;
    } else {
      this.#values[row] = Number(value);
    }
  }

  /** Values of the rows from `first` on, which may be before the first row or go beyond the last. */
  set(values: ArrayLike<unknown>, first: number): void {
    const from = Math.max(0, -first);
    const to = Math.min(values.length, this.#values.length - first);
    if (ArrayBuffer.isView(values)) {
      const part = (values as Values).subarray(from, to);
      this.#values.set(part as never, first + from);
    } else {
      for (let index = from; index < to; index++) this.#put(first + index, values[index]);
    }
  }

  /** The same where only those rows have a value that are 1 in `present`. */
  setSome(values: ArrayLike<unknown>, present: ArrayLike<number>, first: number): void {
    let next = 0;
    for (let index = 0; index < present.length; index++) {
      const value = present[index] === 1 ? values[next++] : null;
      const row = first + index;
      if (row >= 0 && row < this.#values.length) this.#put(row, value);
    }
  }

  column(): Column {
    const { length } = this.#values;
    const array = { elementType: this.#elementType, shape: [length], values: this.#values };
    return numbers(array, this.#nulls);
  }
}

const ARRAYS: Readonly<Record<ElementType, new (length: number) => Values>> = {
  bool: Uint8Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** Lists of numbers that are all of one length, as an array of two dimensions. */
function matrix(values: readonly (ArrayLike<number | bigint> | null)[]): Column | undefined {
  const width = values.find((list) => list !== null)?.length ?? 0;
  const alike = values.every((list) => list?.length === width);
  if (!alike) return undefined;
  const array = new Float64Array(values.length * width);
  values.forEach((list, row) => {
    for (let at = 0; at < width; at++) array[row * width + at] = Number(list?.[at]);
  });
  const whole: NdArray = { elementType: 'float64', shape: [values.length, width], values: array };
  return numbers(whole);
}

function filesOf(values: readonly (Uint8Array | null | undefined)[], place: ValuesPlace): Column {
  return {
    kind: 'files',
    values: values.map((bytes, offset) => (bytes ? named(bytes, place, offset) : null)),
  };
}

function embeddedFiles(values: readonly (EmbeddedFile | null)[], place: ValuesPlace): Column {
  return {
    kind: 'files',
    values: values.map((file, offset) =>
      file?.bytes ? named(file.bytes, place, offset, file.path) : null,
    ),
  };
}

function named(
  bytes: Uint8Array,
  { file, row, column }: ValuesPlace,
  offset: number,
  name?: string | null,
): NamedBytes {
  const suffix = typeof name === 'string' ? ` ${quoted(name)}` : '';
  return { name: `${file}, row ${row + offset}, column '${column}'${suffix}`, bytes };
}
