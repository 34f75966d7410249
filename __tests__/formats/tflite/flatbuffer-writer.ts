/** A field of a table: a number, text, or what an offset leads to. */
export type Field =
  | { readonly kind: 'number'; readonly bytes: 1 | 4 | 8; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'integers'; readonly value: readonly number[] }
  | { readonly kind: 'tables'; readonly value: readonly Table[] };

/** Fields by their number in the schema. */
export type Table = Readonly<Record<number, Field>>;

export const u8 = (value: number): Field => ({ kind: 'number', bytes: 1, value });
export const u32 = (value: number): Field => ({ kind: 'number', bytes: 4, value });
export const u64 = (value: number): Field => ({ kind: 'number', bytes: 8, value });
export const text = (value: string): Field => ({ kind: 'text', value });
export const bytes = (value: Uint8Array): Field => ({ kind: 'bytes', value });
export const integers = (...value: readonly number[]): Field => ({ kind: 'integers', value });
export const tables = (...value: readonly Table[]): Field => ({ kind: 'tables', value });

/** Writes a FlatBuffer front to back: each table, then what it leads to. */
export function flatbuffer(root: Table, identifier = 'TFL3'): Uint8Array {
  const out: number[] = [0, 0, 0, 0, ...Buffer.from(identifier, 'latin1')];
  const number = (value: number, size: number): number[] =>
    Array.from({ length: size }, (_, index) => Number((BigInt(value) >> BigInt(8 * index)) & 255n));
  const pad = (): void => {
    while (out.length % 8 !== 0) out.push(0);
  };
  const point = (at: number, target: number): void => {
    out.splice(at, 4, ...number(target - at, 4));
  };

  function write(field: Exclude<Field, { kind: 'number' }>): number {
    if (field.kind === 'tables') {
      const start = vector(
        field.value.length,
        field.value.flatMap(() => [0, 0, 0, 0]),
      );
      for (const [index, item] of field.value.entries()) point(start + 4 + 4 * index, table(item));
      return start;
    }
    if (field.kind === 'integers') {
      return vector(
        field.value.length,
        field.value.flatMap((value) => number(value, 4)),
      );
    }
    const content = field.kind === 'text' ? Buffer.from(field.value) : field.value;
    const start = vector(content.length, [...content]);
    out.push(0);
    return start;
  }

  function vector(length: number, content: readonly number[]): number {
    pad();
    const start = out.length;
    out.push(...number(length, 4), ...content);
    return start;
  }

  function table(fields: Table): number {
    pad();
    const entries = Object.entries(fields).map(([index, field]) => [Number(index), field] as const);
    const count = Math.max(-1, ...entries.map(([index]) => index)) + 1;
    const vtable = out.length;
    const vtableBytes = 4 + 2 * count;
    let size = 4;
    const places = new Map(
      entries.map(([index, field]) => {
        const place = size;
        size += field.kind === 'number' ? field.bytes : 4;
        return [index, place];
      }),
    );
    out.push(...number(vtableBytes, 2), ...number(size, 2));
    for (let index = 0; index < count; index++) out.push(...number(places.get(index) ?? 0, 2));
    const start = out.length;
    out.push(...number(start - vtable, 4));
    for (const [, field] of entries) {
      out.push(...(field.kind === 'number' ? number(field.value, field.bytes) : [0, 0, 0, 0]));
    }
    for (const [index, field] of entries) {
      if (field.kind !== 'number') point(start + (places.get(index) ?? 0), write(field));
    }
    return start;
  }

  point(0, table(root));
  return Uint8Array.from(out);
}

/** What may be changed of a small sound model: one operator, a weight of two floats. */
export interface Changes {
  readonly root?: Table;
  readonly code?: Table;
  readonly operator?: Table;
  readonly tensor?: Table;
  readonly buffer?: Table;
}

/** A model with one operator: a constant is added to the input. */
export function model(changes: Changes = {}, identifier?: string): Uint8Array {
  const plain = { 0: integers(2), 1: u8(0), 2: u32(0), 3: text('x') };
  const weight = { 0: integers(2), 1: u8(0), 2: u32(1), 3: text('weight'), ...changes.tensor };
  const operator = { 0: u32(0), 1: integers(0, 1), 2: integers(2), ...changes.operator };
  const subgraph = {
    0: tables(plain, weight, plain),
    1: integers(0),
    2: integers(2),
    3: tables(operator),
  };
  return flatbuffer(
    {
      0: u32(3),
      1: tables({ 0: u8(0), ...changes.code }),
      2: tables(subgraph),
      4: tables({}, { 0: bytes(new Uint8Array(8)), ...changes.buffer }),
      ...changes.root,
    },
    identifier,
  );
}
