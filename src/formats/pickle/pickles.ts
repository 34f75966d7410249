import { Problems } from '../problem.ts';
import type { Source } from '../source.ts';
import { HIGHEST_PROTOCOL, OP } from './opcodes.ts';
import { isDeliberate, readStream, type PickleStream } from './stream.ts';

/** Pickles in one file. torch's legacy format has five; a replay buffer may append thousands. */
const MAX_STREAMS = 10_000;

/** How far behind the last pickle more are looked for: any real gap is padding. */
const MAX_SEARCH_BYTES = 64 * 1024 * 1024;

/** How many bytes are searched at a time. */
const SEARCH_BYTES = 64 * 1024;

/** Hidden pickles that are reported. */
const MAX_HIDDEN = 100;

/** What the search may walk through in attempts that come to nothing. */
const MAX_WASTED_BYTES = 256 * 1024 * 1024;

/** torch.serialization.MAGIC_NUMBER, as its first pickle holds it (LONG1, ten bytes). */
const TORCH_MAGIC = [
  0x8a,
  0x0a,
  0x6c,
  0xfc,
  0x9c,
  0x46,
  0xf9,
  0x20,
  0x6a,
  0xa8,
  0x50,
  0x19,
  OP.STOP,
];

export interface Pickles {
  readonly streams: readonly PickleStream[];
  /** Starts with torch's magic number: tensor data follow the fifth pickle. */
  readonly legacyTorch: boolean;
  /** Bytes behind the last pickle; undefined where there are none. */
  readonly trailing: { readonly offset: number; readonly length: number } | undefined;
  readonly problems: Problems;
}

/** Reads every pickle of a source: one behind another, behind padding, and behind other bytes. */
export function readPickles(source: Source): Pickles {
  const problems = new Problems();
  const streams: PickleStream[] = [];
  const legacyTorch = isLegacyTorch(source);
  let position = 0;
  while (position < source.size && streams.length < MAX_STREAMS) {
    const stream = readStream(source, position, source.size, problems);
    streams.push(stream);
    position = stream.end;
    if (!stream.stopped) break;
    if (legacyTorch && streams.length === 5) break;
    const next = skipZeros(source, position);
    if (!startsPickle(source, next)) break;
    position = next;
  }
  const last = streams.at(-1);
  if (streams.length >= MAX_STREAMS) {
    problems.add('limit', `more than ${MAX_STREAMS} pickles stand behind one another`, position);
  }
  const length = source.size - position;
  const trailing = length > 0 && last?.stopped ? { offset: position, length } : undefined;
  if (trailing) streams.push(...findHidden(source, trailing.offset, problems));
  return { streams, legacyTorch, trailing: legacyTorch ? undefined : trailing, problems };
}

function isLegacyTorch(source: Source): boolean {
  const start = source.view(0, TORCH_MAGIC.length + 2);
  return start[0] === OP.PROTO && TORCH_MAGIC.every((byte, index) => start[index + 2] === byte);
}

function skipZeros(source: Source, from: number): number {
  for (let position = from; position < source.size;) {
    const bytes = source.view(position, 4096);
    const found = bytes.findIndex((byte) => byte !== 0);
    if (found >= 0) return position + found;
    position += bytes.length;
  }
  return source.size;
}

function startsPickle(source: Source, offset: number): boolean {
  const [first = 0, second = 255] = source.view(offset, 2);
  if (first === OP.PROTO) return second <= HIGHEST_PROTOCOL;
  // Protocols 0 and 1 have no header: what could open one that does anything.
  return (
    first === OP.GLOBAL || first === OP.MARK || first === OP.EMPTY_DICT || first === OP.EMPTY_LIST
  );
}

/**
 * Pickles that somebody hid among other bytes. Only a whole stream counts that names a global
 * made of printable characters: random bytes almost never are one.
 */
function findHidden(source: Source, from: number, problems: Problems): PickleStream[] {
  const found: PickleStream[] = [];
  const end = Math.min(source.size, from + MAX_SEARCH_BYTES);
  let wasted = 0;
  for (let position = from; position < end && found.length < MAX_HIDDEN;) {
    const bytes = source.view(position, SEARCH_BYTES);
    const at = bytes.indexOf(OP.PROTO);
    if (at < 0) {
      position += bytes.length;
      continue;
    }
    position += at;
    const attempt = startsPickle(source, position)
      ? readStream(source, position, source.size, new Problems())
      : undefined;
    if (attempt && isDeliberate(attempt)) {
      found.push(attempt);
      position = attempt.end;
      continue;
    }
    wasted += attempt ? attempt.end - position : 0;
    position += 1;
    if (wasted > MAX_WASTED_BYTES) {
      problems.add('limit', 'the search for more pickles was given up', position);
      break;
    }
  }
  return found;
}
