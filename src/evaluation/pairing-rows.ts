import type { Pairing } from './pairings.ts';

type Rows = Float64Array | Int32Array | Uint8Array | readonly unknown[];

/** The pairing of some examples alone, by their numbers. */
export function takeExamples<P extends Pairing>(pairing: P, examples: Uint32Array): P {
  return mapRows(pairing, examples.length, (rows) =>
    takeRows(rows, examples, rows.length / pairing.examples),
  );
}

/**
 * The answers of two models to the same examples as those of one to twice as many: first all of
 * `ours`. Undefined where they are not of a kind, such as probabilities and classes alone.
 */
export function besides<P extends Pairing>(ours: P, theirs: P): P | undefined {
  const fields = Object.keys(ours) as (keyof P)[];
  const alike = fields.every((field) => isRows(ours[field]) === isRows(theirs[field]));
  if (!alike) return undefined;
  return mapRows(ours, 2 * ours.examples, (rows, field) =>
    joinRows(rows, theirs[field as keyof P] as Rows),
  );
}

function mapRows<P extends Pairing>(
  pairing: P,
  examples: number,
  map: (rows: Rows, field: string) => Rows,
): P {
  const fields = Object.entries(pairing).map(([field, value]: [string, unknown]) => [
    field,
    isRows(value) ? map(value, field) : value,
  ]);
  return { ...(Object.fromEntries(fields) as P), examples };
}

function isRows(value: unknown): value is Rows {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}

function takeRows(values: Rows, rows: Uint32Array, width: number): Rows {
  if (!ArrayBuffer.isView(values)) return Array.from(rows, (row) => values[row]);
  const taken = emptyLike(values, rows.length * width);
  rows.forEach((row, to) => {
    taken.set(values.subarray(row * width, (row + 1) * width), to * width);
  });
  return taken;
}

function joinRows(ours: Rows, theirs: Rows): Rows {
  if (!ArrayBuffer.isView(ours)) return [...ours, ...(theirs as readonly unknown[])];
  const joined = emptyLike(ours, ours.length + theirs.length);
  joined.set(ours);
  joined.set(theirs as typeof ours, ours.length);
  return joined;
}

function emptyLike<T extends Exclude<Rows, readonly unknown[]>>(values: T, size: number): T {
  return new (values.constructor as new (size: number) => T)(size);
}
