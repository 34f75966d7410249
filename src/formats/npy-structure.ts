import { messageOf } from '../errors.ts';
import { Problems, type Problem } from './problem.ts';
import { parseLiteral, type Literal } from './python-literal.ts';
import type { Source } from './source.ts';

/** What the header of an `.npy` file says (numpy.lib.format), whatever its element type. */
export interface NpyStructure {
  readonly source: Source;
  /** Python objects follow as a pickle. */
  readonly holdsObjects: boolean;
  readonly shape: readonly number[];
  /** Where the values start; undefined where the header could not be read. */
  readonly dataOffset: number | undefined;
  /** Bytes of values that the header claims; undefined for objects. */
  readonly dataBytes: bigint | undefined;
  readonly problems: readonly Problem[];
}

const MAGIC = '\x93NUMPY';

/** Versions 1.0, 2.0 and 3.0 exist. */
const NEWEST_VERSION = 3;

/** numpy refuses more than 10,000 bytes unless told otherwise; structured types get long. */
const MAX_HEADER_BYTES = 1024 * 1024;

/** numpy refuses a header with any other key. */
const KEYS = new Set(['descr', 'fortran_order', 'shape']);

/** Reads the header of an array; its values stay where they are. */
export function readNpyStructure(source: Source): NpyStructure {
  const problems = new Problems();
  const nothing = { holdsObjects: false, shape: [], dataOffset: undefined, dataBytes: undefined };
  try {
    return { source, ...readHeader(source), problems: problems.list };
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError) && !(thrown instanceof RangeError)) throw thrown;
    const kind = thrown instanceof RangeError ? 'truncated' : 'malformed';
    problems.add(kind, messageOf(thrown), 0);
    return { source, ...nothing, problems: problems.list };
  }
}

function readHeader(source: Source): Omit<NpyStructure, 'source' | 'problems'> {
  const start = Buffer.from(source.view(0, 12));
  if (start.length < 10) throw new RangeError('the file ends within its header');
  if (!start.toString('latin1').startsWith(MAGIC))
    throw new SyntaxError('it does not start like a NumPy array');
  const version = start[6] ?? 0;
  if (version < 1 || version > NEWEST_VERSION)
    throw new SyntaxError(`there is no format version ${version}`);
  const wide = version > 1;
  if (wide && start.length < 12) throw new RangeError('the file ends within its header');
  const length = wide ? start.readUInt32LE(8) : start.readUInt16LE(8);
  const dataOffset = (wide ? 12 : 10) + length;
  if (length > MAX_HEADER_BYTES) throw new SyntaxError(`the header claims ${length} bytes`);
  if (dataOffset > source.size) throw new RangeError('the file ends within its header');
  const bytes = source.view(dataOffset - length, length);
  const header = parseLiteral(new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(bytes));
  if (!isDictionary(header)) throw new SyntaxError('the header is no dictionary');
  const foreign = [...header.keys()].find((key) => !KEYS.has(key));
  if (foreign !== undefined) throw new SyntaxError(`numpy does not know the key '${foreign}'`);
  if (typeof header.get('fortran_order') !== 'boolean')
    throw new SyntaxError('there is no fortran_order');
  const shape = shapeOf(header.get('shape'));
  const item = itemBytes(header.get('descr'));
  const count = shape.reduce((product, size) => product * BigInt(size), 1n);
  const dataBytes = item === 'object' ? undefined : count * BigInt(item);
  return { holdsObjects: item === 'object', shape, dataOffset, dataBytes };
}

const isDictionary = (value: Literal): value is ReadonlyMap<string, Literal> =>
  value instanceof Map;

function shapeOf(shape: Literal | undefined): number[] {
  if (!Array.isArray(shape)) throw new SyntaxError('there is no shape');
  return (shape as readonly Literal[]).map((size) => {
    if (typeof size === 'number' && size >= 0) return size;
    throw new SyntaxError('the shape has a size that is no whole number');
  });
}

/** Bytes of one item of a type description; `object` where any part of it is a Python object. */
function itemBytes(description: Literal | undefined): number | 'object' {
  if (typeof description === 'string') return simpleBytes(description);
  if (!Array.isArray(description)) throw new SyntaxError('there is no descr');
  let bytes = 0;
  let objects = false;
  for (const field of description as readonly Literal[]) {
    const [name, type, shape] = Array.isArray(field) ? (field as readonly Literal[]) : [];
    if (name === undefined || type === undefined)
      throw new SyntaxError('a field of descr has no type');
    const item = itemBytes(type);
    objects ||= item === 'object';
    const repeats = shape === undefined ? [] : shapeOf(typeof shape === 'number' ? [shape] : shape);
    bytes += item === 'object' ? 0 : item * repeats.reduce((product, size) => product * size, 1);
  }
  return objects ? 'object' : bytes;
}

function simpleBytes(description: string): number | 'object' {
  const [, kind = '', digits = ''] =
    /^[<>|=]?([a-zA-Z?])(\d*)(?:\[[^\]]*\])?$/.exec(description) ?? [];
  if (kind === 'O') return 'object';
  if (kind === '?' && digits === '') return 1;
  const size = Number(digits);
  const sizes: Readonly<Record<string, readonly number[] | undefined>> = {
    b: [1],
    i: [1, 2, 4, 8],
    u: [1, 2, 4, 8],
    f: [2, 4, 8, 12, 16],
    c: [8, 16, 24, 32],
    m: [8],
    M: [8],
  };
  if (digits !== '' && sizes[kind]?.includes(size)) return size;
  if (digits !== '' && (kind === 'S' || kind === 'a' || kind === 'V')) return size;
  if (digits !== '' && kind === 'U') return size * 4;
  throw new SyntaxError(`there is no element type '${description.slice(0, 40)}'`);
}
