import { pythonFloat } from '../project/python-number.ts';
import { byCodePoints } from '../project/value.ts';

/**
 * Python's `json.dumps(value, sort_keys=True)`, whose bytes DVC hashes. Mappings are Maps or
 * objects, bigint is Python's int and number its float.
 */
export function pythonJson(value: unknown): string {
  if (typeof value === 'string') return pythonString(value);
  if (typeof value === 'number') return float(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return 'null';
  const entries: Iterable<readonly [unknown, unknown]> =
    value instanceof Map ? value : Object.entries(value);
  const texts = Array.from(entries)
    .toSorted(([a], [b]) => byKey(a, b))
    .map(([key, inner]) => `${pythonString(keyText(key))}: ${pythonJson(inner)}`);
  return `{${texts.join(', ')}}`;
}

/** Python sorts before it makes text of the keys: 2 comes before 10. */
function byKey(a: unknown, b: unknown): number {
  if (!isNumber(a) || !isNumber(b)) return byCodePoints(keyText(a), keyText(b));
  return a < b ? -1 : Number(a > b);
}

function isNumber(key: unknown): key is number | bigint {
  return typeof key === 'number' || typeof key === 'bigint';
}

function keyText(key: unknown): string {
  return typeof key === 'number' ? float(key) : String(key);
}

function float(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value < 0 ? '-Infinity' : 'Infinity';
  return pythonFloat(value);
}

function pythonString(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
