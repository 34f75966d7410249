import { GlobalName, Instance, Tuple, type Value } from './values.ts';

/** Values that one call may make; the stream of a real model holds what it makes. */
const MAX_COUNT = 2 ** 30;

/** Calls that allocate as many values as their first number says. */
const SIZED = new Set(['bytes', 'bytearray', 'ndarray', 'FloatStorage', 'ByteStorage']);

/** Calls that walk over their first argument to its end. */
const CONSUMING = new Set(
  'bytes bytearray list tuple set frozenset dict deque Counter OrderedDict sum max min sorted'.split(
    ' ',
  ),
);

/** How many values a call makes, where that is more than any model needs. */
export function allocationOf({ name }: GlobalName, given: Value): number | undefined {
  const [first, second] = itemsOf(given);
  // _reconstruct(ndarray, shape, type)
  const size = name === '_reconstruct' ? second : SIZED.has(name) ? first : undefined;
  const count = Math.max(
    size === undefined ? 0 : sizeOf(size),
    CONSUMING.has(name) ? lengthOf(first) : 0,
  );
  return count > MAX_COUNT ? count : undefined;
}

const itemsOf = (value: Value | undefined): readonly Value[] =>
  value instanceof Tuple ? value.items : [];

function sizeOf(value: Value): number {
  if (typeof value === 'number') return value;
  return itemsOf(value).reduce<number>(
    (product, item) => product * (typeof item === 'number' ? item : 1),
    value instanceof Tuple ? 1 : 0,
  );
}

/** How many items an iterable of the standard library yields; 0 where that is not known. */
function lengthOf(value: Value | undefined): number {
  if (!(value instanceof Instance) || !(value.made instanceof GlobalName)) return 0;
  const numbers = itemsOf(value.arguments).filter((item) => typeof item === 'number');
  switch (value.made.name) {
    case 'range':
    case 'xrange': {
      const [start = 0, stop, step = 1] = numbers;
      return stop === undefined ? start : Math.abs((stop - start) / step);
    }
    case 'repeat':
      return itemsOf(value.arguments).length > 1 ? (numbers.at(-1) ?? Infinity) : Infinity;
    case 'count':
    case 'cycle':
      return Infinity;
    default:
      return 0;
  }
}
