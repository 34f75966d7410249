/**
 * What stands in a parameters file, kept as exactly as Python keeps it: bigint is its int, number
 * its float (so 1 and 1.0 stay apart), and a mapping remembers the order of its keys.
 */
export type Value =
  string | boolean | null | bigint | number | readonly Value[] | ReadonlyMap<unknown, Value>;

export function isMapping(value: unknown): value is ReadonlyMap<unknown, Value> {
  return value instanceof Map;
}

/** Equality as Python has it, and so DVC: 1, 1.0 and true are equal, the order of keys is nothing. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (isMapping(a) && isMapping(b)) {
    return a.size === b.size && Array.from(a).every(([k, v]) => b.has(k) && sameValue(v, b.get(k)));
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  }
  return amount(a) === amount(b);
}

/** A number of any kind as one that `===` compares; anything else as it is. */
function amount(value: unknown): unknown {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'bigint') return value;
  const float = Number(value);
  return BigInt(float) === value ? float : value;
}

/** For JSON and for reports, where an integer is a number; one too large to be exact is a string. */
export function plainValue(value: Value): unknown {
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  }
  if (isMapping(value)) {
    return Object.fromEntries(
      Array.from(value, ([key, inner]) => [String(key), plainValue(inner)]),
    );
  }
  return Array.isArray(value) ? value.map((item: Value) => plainValue(item)) : value;
}

/** Orders text as Python does, by code points. */
export function byCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
