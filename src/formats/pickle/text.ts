import type { Source } from '../source.ts';
import { Text, type Value } from './values.ts';

/** Names of modules and attributes are short; what is longer is no name. */
const MAX_NAME_BYTES = 4096;

/** The string that a value stands for; undefined for anything else, and for what is no name. */
export function textOf(source: Source, value: Value | undefined): string | undefined {
  if (!(value instanceof Text) || value.length > MAX_NAME_BYTES) return undefined;
  const bytes = source.view(value.offset, value.length);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (value.encoding) {
    case 'utf8':
      return buffer.toString('utf8');
    case 'raw-unicode-escape':
      return buffer
        .toString('latin1')
        .replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_, short?: string, long?: string) =>
          codePoint(short ?? long ?? '', 16),
        );
    case 'literal':
      return literal(buffer.toString('latin1'));
  }
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** A Python string literal as protocol 0 writes it: quoted, with escapes. */
function literal(text: string): string {
  const [, , body = text] = /^\s*(["'])(.*)\1\s*$/s.exec(text) ?? [];
  const escape = /\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))/gs;
  return body.replace(escape, (_, hex?: string, octal?: string, other?: string) => {
    if (other !== undefined) return SIMPLE_ESCAPES[other] ?? other;
    return hex === undefined ? codePoint(octal ?? '', 8) : codePoint(hex, 16);
  });
}

function codePoint(digits: string, radix: number): string {
  const point = Number.parseInt(digits, radix);
  return point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
}
