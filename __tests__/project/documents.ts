import type { Value } from '../../src/project/value.ts';

/** A value and the text that DVC writes for it; made by `__tests__/peers/dvc/documents.py`. */
export interface Document {
  readonly value: ReadonlyMap<unknown, Value>;
  readonly text: string;
}

type Marked =
  | boolean
  | null
  | readonly Marked[]
  | { readonly string: string }
  | { readonly int: string }
  | { readonly float: string }
  | { readonly map: readonly (readonly [string, Marked])[] };

export function parseDocuments(lines: string): readonly Document[] {
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const { value, text } = JSON.parse(line) as { value: Marked; text: string };
      return { value: unmark(value) as ReadonlyMap<unknown, Value>, text };
    });
}

function unmark(marked: Marked): Value {
  if (typeof marked !== 'object' || marked === null) return marked;
  if (marked instanceof Array) return marked.map((item: Marked) => unmark(item));
  if ('string' in marked) return marked.string;
  if ('int' in marked) return BigInt(marked.int);
  if ('float' in marked) return Buffer.from(marked.float, 'hex').readDoubleBE(0);
  return new Map(marked.map.map(([key, value]) => [key, unmark(value)]));
}
