import type { Attribute } from './model.ts';
import table from './operators.json' with { type: 'json' };

/** The newest versions that the table knows (onnx 1.23). */
export const NEWEST_IR = 14;
export const NEWEST_OPSET: Readonly<Record<string, number>> = { '': 28, 'ai.onnx.ml': 5 };

/** One version of an operator's signature. */
export interface Signature {
  readonly since: number;
  readonly deprecated: boolean;
  readonly inputs: { readonly min: number; readonly max: number };
  readonly outputs: { readonly min: number; readonly max: number };
  readonly attributes: ReadonlyMap<
    string,
    { readonly type: Attribute['type'] | 'other'; readonly required: boolean }
  >;
}

type Row = readonly (number | string | null)[];

const TYPES: Readonly<Record<string, Attribute['type']>> = {
  f: 'float',
  i: 'int',
  s: 'string',
  t: 'tensor',
  g: 'graph',
  F: 'floats',
  I: 'ints',
  S: 'strings',
  T: 'tensors',
  G: 'graphs',
};

const operators = table as unknown as Readonly<
  Record<string, Readonly<Record<string, readonly Row[]>>>
>;

/** Whether the operators of a domain are known here. */
export function isKnownDomain(domain: string): boolean {
  return Object.hasOwn(operators, domain);
}

const cache = new Map<string, readonly Signature[]>();

/** All versions of an operator, oldest first; empty for an operator that never was. */
export function versionsOf(domain: string, opType: string): readonly Signature[] {
  const key = `${domain}\n${opType}`;
  let versions = cache.get(key);
  if (!versions) {
    const named = Object.hasOwn(operators, domain) ? operators[domain] : undefined;
    const rows = named && Object.hasOwn(named, opType) ? named[opType] : undefined;
    versions = signatures(rows ?? []);
    // Unknown names come from the file; only the table's own are worth keeping.
    if (versions.length > 0) cache.set(key, versions);
  }
  return versions;
}

/** The version of an operator that an opset means; undefined where it has none yet. */
export function signatureAt(domain: string, opType: string, opset: number): Signature | undefined {
  return versionsOf(domain, opType).findLast(({ since }) => since <= opset);
}

function signatures(rows: readonly Row[]): Signature[] {
  let attributes: Signature['attributes'] = new Map();
  return rows.map((row) => {
    const [since, minIn, maxIn, minOut, maxOut, text] = row;
    if (typeof text === 'string') attributes = parseAttributes(text);
    return {
      since: Number(since),
      deprecated: minIn === null,
      inputs: range(minIn, maxIn),
      outputs: range(minOut, maxOut),
      attributes,
    };
  });
}

function range(min: Row[number] | undefined, max: Row[number] | undefined) {
  return { min: Number(min ?? 0), max: max === -1 ? Infinity : Number(max ?? 0) };
}

function parseAttributes(text: string): Signature['attributes'] {
  const entries = text
    .split(' ')
    .filter(Boolean)
    .map((entry) => {
      const required = entry.startsWith('!');
      const [type = '', name = ''] = entry.slice(required ? 1 : 0).split(':');
      return [name, { type: TYPES[type] ?? 'other', required }] as const;
    });
  return new Map(entries);
}
