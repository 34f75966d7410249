import { FoldingWriter } from './folding-writer.ts';
import { pythonFloat } from './python-number.ts';
import { styleOf } from './scalar-style.ts';

/**
 * The YAML text that DVC writes for a mapping, to the byte, so that neither tool rewrites what the
 * other has written. Values are Maps or objects, arrays, strings, booleans, null, bigint (Python's int)
 * and number (Python's float).
 */
export function lockYaml(value: object): string {
  const writer = new FoldingWriter();
  writeMapping(writer, value, 0);
  return `${writer.text}\n`;
}

/**
 * Keys from this length on stand on a line of their own, behind a question mark; so do those of many
 * lines. ruamel.yaml allows 128, and counts the tag `!!str` that it does not write.
 */
const MAX_KEY = 123;

function writeMapping(writer: FoldingWriter, mapping: object, indent: number): void {
  for (const [index, [key, value]] of entriesOf(mapping).entries()) {
    if (index > 0) writer.breakLine(indent);
    if (isShort(key)) {
      writeScalar(writer, key, indent + 2, false);
      writer.write(':');
      writeValue(writer, value, indent);
    } else {
      writer.write('? ');
      writeScalar(writer, key, indent + 2);
      writer.breakLine(indent);
      writer.write(':');
      if (value !== null) writeItem(writer, value, indent + 2);
    }
  }
}

/** Behind a key: collections start on the next line, and dashes stand in the column of the key. */
function writeValue(writer: FoldingWriter, value: unknown, indent: number): void {
  if (isFilled(value)) {
    const isList = Array.isArray(value);
    writer.breakLine(isList ? indent : indent + 2);
    if (isList) writeSequence(writer, value, indent);
    else writeMapping(writer, value, indent + 2);
  } else if (value !== null) {
    writer.write(' ');
    writeScalar(writer, value, indent + 2);
  }
}

function writeSequence(writer: FoldingWriter, items: readonly unknown[], indent: number): void {
  for (const [index, item] of items.entries()) {
    if (index > 0) writer.breakLine(indent);
    writer.write('-');
    writeItem(writer, item, indent + 2);
  }
}

/** Behind a dash, and behind the colon of a key with a question mark: all on the same line. */
function writeItem(writer: FoldingWriter, value: unknown, indent: number): void {
  writer.write(' ');
  if (!isFilled(value)) writeScalar(writer, value, indent);
  else if (Array.isArray(value)) writeSequence(writer, value, indent);
  else writeMapping(writer, value, indent);
}

function writeScalar(writer: FoldingWriter, value: unknown, indent: number, folds = true): void {
  if (value === null) return;
  if (typeof value === 'object') writer.write(Array.isArray(value) ? '[]' : '{}');
  else if (typeof value === 'string') writer.scalar(value, styleOf(value), indent, folds);
  else writer.scalar(plainText(value), 'plain', indent, folds);
}

function plainText(value: unknown): string {
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return floatText(value);
  throw new TypeError(`a ${typeof value} has no place in a lock`);
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  return pythonFloat(value);
}

function isFilled(value: unknown): value is object {
  return typeof value === 'object' && value !== null && entriesOf(value).length > 0;
}

function entriesOf(value: object): readonly (readonly [unknown, unknown])[] {
  return value instanceof Map ? Array.from(value) : Object.entries(value);
}

function isShort(key: unknown): boolean {
  if (typeof key !== 'string') return true;
  return (
    (key.length < MAX_KEY || Array.from(key).length < MAX_KEY) &&
    !/[\n\u0085\u2028\u2029]/.test(key)
  );
}
