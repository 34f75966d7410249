import { lockYaml } from './lock-text.ts';
import type { Value } from './value.ts';

/**
 * Reads what `lockYaml` writes, ten times faster than a parser of all YAML: a lock of a thousand
 * stages is read at every start. Undefined for any other text. It need not know the subtleties of
 * YAML, since what it has read must be written back to the same bytes.
 */
export function readLockYaml(text: string): ReadonlyMap<unknown, Value> | undefined {
  try {
    const value = new Lines(text).block(0);
    return value instanceof Map && lockYaml(value) === text ? value : undefined;
  } catch (thrown) {
    if (thrown instanceof OtherYaml) return undefined;
    throw thrown;
  }
}

class OtherYaml extends Error {}

const ENTRY = /^(?:([^'":?][^'":]*)|'((?:[^']|'')*)'):(?: (.*))?$/;
const INTEGER = /^-?\d+$/;
const FLOAT = /^-?\d+(?:\.\d+)?(?:e[-+]\d+)?$/;

class Lines {
  readonly #lines: string[];
  #next = 0;

  constructor(text: string) {
    if (!text.endsWith('\n')) throw new OtherYaml();
    this.#lines = text.slice(0, -1).split('\n');
  }

  /** A mapping or a list whose lines start at `indent`. */
  block(indent: number): Value {
    return this.#contentAt(indent)?.startsWith('- ') ? this.#list(indent) : this.#mapping(indent);
  }

  #mapping(indent: number): Value {
    const mapping = new Map<unknown, Value>();
    for (;;) {
      const content = this.#contentAt(indent);
      if (content === undefined || content.startsWith('- ')) return mapping;
      const [, plain, quoted, rest] = ENTRY.exec(content) ?? [];
      const key = plain === undefined ? unquoted(quoted) : valueOf(plain);
      this.#next += 1;
      mapping.set(key, rest === undefined ? this.#below(indent) : this.#scalar(rest, indent));
    }
  }

  /** Behind a key that has nothing on its line: dashes stand in its column. */
  #below(indent: number): Value {
    if (this.#contentAt(indent)?.startsWith('- ')) return this.#list(indent);
    return this.#contentAt(indent + 2) === undefined ? null : this.#mapping(indent + 2);
  }

  #list(indent: number): Value {
    const items: Value[] = [];
    for (;;) {
      const content = this.#contentAt(indent);
      if (!content?.startsWith('- ')) return items;
      const rest = content.slice(2);
      if (rest.startsWith('- ') || ENTRY.test(rest)) {
        this.#lines[this.#next] = ' '.repeat(indent + 2) + rest;
        items.push(this.block(indent + 2));
      } else {
        this.#next += 1;
        items.push(this.#scalar(rest, indent));
      }
    }
  }

  /** A scalar that begins with `text`; lines that are further in belong to it. */
  #scalar(text: string, indent: number): Value {
    let whole = text;
    for (;;) {
      const line = this.#lines[this.#next];
      if (!line?.startsWith(' '.repeat(indent + 1))) break;
      whole += (whole === '' || whole.endsWith(' ') ? '' : ' ') + line.trimStart();
      this.#next += 1;
    }
    return whole.startsWith("'") ? unquoted(whole.slice(1, -1)) : valueOf(whole);
  }

  /** What the next line holds, if it starts at `indent`. */
  #contentAt(indent: number): string | undefined {
    const line = this.#lines[this.#next];
    if (line === undefined) return undefined;
    const start = line.search(/[^ ]/);
    if (start < 0) throw new OtherYaml();
    return start === indent ? line.slice(indent) : undefined;
  }
}

function unquoted(text: string | undefined): string {
  if (text === undefined) throw new OtherYaml();
  return text.replaceAll("''", "'");
}

function valueOf(text: string): Value {
  if (text === '') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === '{}') return new Map();
  if (text === '[]') return [];
  if (INTEGER.test(text)) return BigInt(text);
  return FLOAT.test(text) ? Number(text) : text;
}
