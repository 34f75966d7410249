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
  const array = new ARRAYS[elementType](values.length);
  let nulls: Uint8Array | undefined;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (value === null || value === undefined) {
      nulls ??= new Uint8Array(values.length);
      nulls[row] = 1;
    } else {
      if (array instanceof BigInt64Array || array instanceof BigUint64Array) {
        array[row] = value as bigint;
      } else {
        array[row] = Number(value);
      }
    }
  }
  return numbers({ elementType, shape: [values.length], values: array }, nulls);
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
