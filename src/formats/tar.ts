import { MAX_MEMBERS } from './limits.ts';
import { Problems, type Problem } from './problem.ts';
import type { Source } from './source.ts';

const BLOCK_BYTES = 512;

/** Long names of GNU and PAX stand in members of their own; longer ones are attacks. */
const MAX_NAME_BYTES = 64 * 1024;

export interface TarMember {
  readonly name: string;
  /** `file`, `link` (hard or symbolic), or `other` (folders, devices). */
  readonly kind: 'file' | 'link' | 'other';
  readonly offset: number;
  readonly size: number;
  /** Where a link points; '' for anything else. */
  readonly target: string;
}

export interface Tar {
  readonly members: readonly TarMember[];
  readonly problems: readonly Problem[];
}

/** Reads the headers of a tar file: V7, ustar, GNU and PAX. */
export function readTar(source: Source): Tar {
  const problems = new Problems();
  const members: TarMember[] = [];
  let longName: string | undefined;
  for (let at = 0; at + BLOCK_BYTES <= source.size;) {
    const header = Buffer.from(source.view(at, BLOCK_BYTES));
    if (header[0] === 0) break;
    const size = Number.parseInt(header.toString('latin1', 124, 136).replace(/[\0 ]+$/, ''), 8);
    if (!Number.isSafeInteger(size) || size < 0) {
      problems.add('malformed', 'a member has no size', at);
      break;
    }
    const offset = at + BLOCK_BYTES;
    if (offset + size > source.size) problems.add('truncated', 'a member ends beyond the file', at);
    const type = String.fromCharCode(header[156] ?? 0);
    at = offset + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
    // K: a long target of the link that follows. Its header keeps the first 100 bytes.
    if (type === 'K') continue;
    if (type === 'L' || type === 'x') {
      longName = extendedName(source, offset, Math.min(size, MAX_NAME_BYTES), type);
      continue;
    }
    const name = longName ?? shortName(header);
    longName = undefined;
    const kind = kindOf(type);
    const target = kind === 'link' ? field(header, 157, 257) : '';
    members.push({ name, kind, offset, size, target });
    if (members.length >= MAX_MEMBERS) {
      problems.add('limit', `more than ${MAX_MEMBERS} members`, at);
      break;
    }
  }
  return { members, problems: problems.list };
}

function kindOf(type: string): TarMember['kind'] {
  if (type === '0' || type === '\0' || type === '7') return 'file';
  return type === '1' || type === '2' ? 'link' : 'other';
}

function shortName(header: Buffer): string {
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? field(header, 345, 500) : '';
  const name = field(header, 0, 100);
  return prefix ? `${prefix}/${name}` : name;
}

function field(header: Buffer, start: number, end: number): string {
  return header.toString('utf8', start, end).replace(/\0.*$/s, '');
}

/** GNU's long name, or the `path` of a PAX record: `<length> path=<name>\n`. */
function extendedName(
  source: Source,
  offset: number,
  size: number,
  type: string,
): string | undefined {
  const text = new TextDecoder().decode(source.view(offset, size));
  return type === 'L' ? text.replace(/\0.*$/s, '') : /\d+ path=([^\n]*)\n/.exec(text)?.[1];
}
