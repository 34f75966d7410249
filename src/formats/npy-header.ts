import { UserError } from '../errors.ts';
import { ELEMENT_BYTES, elementCount, type ElementType } from './nd-array.ts';

/** `\x93NUMPY`, major, minor. */
export const NPY_PREFIX_BYTES = 8;

/** NumPy itself refuses a longer header (`max_header_size`): it would be slow to parse safely. */
const MAX_HEADER_BYTES = 10_000;

/** NumPy's own limit since 2.0; far above any data set. */
const MAX_RANK = 64;

export interface NpyHeader {
  readonly elementType: ElementType;
  readonly bigEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the values start. */
  readonly dataOffset: number;
  /** How many bytes of values follow, as claimed. */
  readonly dataBytes: number;
}

const KINDS: Readonly<Record<string, ElementType>> = {
  b1: 'bool',
  i1: 'int8',
  u1: 'uint8',
  i2: 'int16',
  u2: 'uint16',
  i4: 'int32',
  u4: 'uint32',
  i8: 'int64',
  u8: 'uint64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
};

/**
 * Parses the header of NumPy's format, versions 1.0 to 3.0 (numpy.lib.format).
 * `start` holds the beginning of the file. Returns the number of bytes that are needed where
 * `start` is too short to tell, so that a reader of a stream can go on.
 * @throws UserError where this is not a plain array of numbers.
 */
export function parseNpyHeader(start: Buffer, name: string): NpyHeader | { needs: number } {
  if (start.length < NPY_PREFIX_BYTES + 4) return { needs: NPY_PREFIX_BYTES + 4 };
  if (start.toString('latin1', 0, 6) !== '\x93NUMPY') {
    throw malformed(name, 'does not start like a NumPy array');
  }
  const major = start[6] ?? 0;
  if (major < 1 || major > 3) throw malformed(name, `has the unknown version ${major}`);
  const wide = major > 1;
  const length = wide ? start.readUInt32LE(NPY_PREFIX_BYTES) : start.readUInt16LE(NPY_PREFIX_BYTES);
  const textOffset = NPY_PREFIX_BYTES + (wide ? 4 : 2);
  if (length > MAX_HEADER_BYTES) {
    throw malformed(name, `has a header of ${length} bytes, more than ${MAX_HEADER_BYTES}`);
  }
  const dataOffset = textOffset + length;
  if (start.length < dataOffset) return { needs: dataOffset };
  return { ...describe(start.toString('utf8', textOffset, dataOffset), name), dataOffset };
}

function describe(text: string, name: string): Omit<NpyHeader, 'dataOffset'> {
  const fields = parseDictionary(text, name);
  const descr = fields.get('descr') ?? '';
  const order = fields.get('fortran_order');
  const shape = parseShape(fields.get('shape'), name);
  const [, byteOrder, kind = ''] = /^'([<>|=])(\w+)'$/.exec(descr) ?? [];
  const elementType = KINDS[kind];
  if (elementType === undefined || byteOrder === undefined) {
    throw malformed(name, `holds ${descr.slice(0, 60) || 'values of no type'}`, {
      hint: "Save numbers: convert strings to class indices, and never use dtype=object, which needs Python's pickle to read.",
    });
  }
  if (order !== 'True' && order !== 'False') throw malformed(name, 'has no fortran_order');
  return {
    elementType,
    bigEndian: byteOrder === '>' && ELEMENT_BYTES[elementType] > 1,
    // One axis, or none, lies the same in both orders.
    fortranOrder: order === 'True' && shape.length > 1,
    shape,
    dataBytes: elementCount(shape) * ELEMENT_BYTES[elementType],
  };
}

/** One entry of the Python dictionary: a string, a boolean, a tuple of integers or something else. */
const ENTRY = /\s*'(\w{1,20})'\s*:\s*('[^']*'|True|False|\([\d\s,L]*\)|\[[^\]]*\])\s*,?/y;

function parseDictionary(text: string, name: string): Map<string, string> {
  const [, body] = /^\s*\{([^{}]*)\}\s*$/.exec(text) ?? [];
  const fields = new Map<string, string>();
  if (body === undefined) throw malformed(name, 'has a header that is no dictionary');
  let position = 0;
  while (body.slice(position).trim()) {
    ENTRY.lastIndex = position;
    const [match, key = '', value = ''] = ENTRY.exec(body) ?? [];
    if (match === undefined || fields.has(key)) throw malformed(name, 'has a malformed header');
    fields.set(key, value);
    position += match.length;
  }
  return fields;
}

function parseShape(text: string | undefined, name: string): number[] {
  if (!text?.startsWith('(')) throw malformed(name, 'has no shape');
  const sizes = text
    .slice(1, -1)
    .split(',')
    .map((size) => size.trim().replace(/L$/, ''))
    .filter(Boolean)
    .map((size) => (/^\d+$/.test(size) ? Number(size) : NaN));
  if (sizes.length > MAX_RANK) throw malformed(name, `has ${sizes.length} axes`);
  if (!Number.isSafeInteger(elementCount(sizes) * 8)) {
    throw malformed(name, `claims the impossible shape ${text.slice(0, 80)}`);
  }
  return sizes;
}

/** An error about the array that `name` says where to find. */
export function malformed(name: string, what: string, details?: { hint: string }): UserError {
  return new UserError(`${name} ${what}`, {
    hint: details?.hint ?? 'Write it again with numpy.save or numpy.savez.',
  });
}
