import path from 'node:path';
import { listNpz, readNpz } from '../../formats/npz.ts';
import { numbers, sliceColumn, type Column, type Numbers, type Rows } from '../column.ts';
import { invalidData } from '../problem.ts';
import type { Reader } from '../reader.ts';

/** NumPy's archive: each array is read once, as a whole, when it is first asked for. */
export async function openNpz(folder: string, file: string): Promise<Reader> {
  const absolute = path.resolve(folder, file);
  const names = await listNpz(absolute, file);
  const read = new Map<string, Numbers>();
  return {
    names,
    count: undefined,
    async *rows(wanted, most) {
      const missing = wanted.filter((name) => !read.has(name));
      for (const [name, array] of await readNpz(absolute, missing, file)) {
        if (array.shape.length === 0) {
          throw invalidData(
            { file, column: name },
            'is a single number',
            'Arrays of a data set have one row for each example.',
          );
        }
        read.set(name, numbers(array));
      }
      yield* slices(file, new Map(wanted.map((name) => [name, columnOf(read, name)])), most);
    },
  };
}

function columnOf(columns: ReadonlyMap<string, Numbers>, name: string): Numbers {
  const column = columns.get(name);
  if (column) return column;
  throw new Error(`'${name}' was not read`);
}

function* slices(
  file: string,
  columns: ReadonlyMap<string, Numbers>,
  most: number,
): Generator<Rows> {
  const [first] = columns;
  const count = first?.[1].array.shape[0] ?? 0;
  for (const [name, { array }] of columns) {
    if (array.shape[0] === count) continue;
    throw invalidData(
      { file },
      `array '${first?.[0] ?? ''}' has ${count} examples and '${name}' has ${array.shape[0] ?? 'no'}`,
      'Each example needs one row in each array: write the arrays together.',
    );
  }
  for (let from = 0; from < count; from += most) {
    const to = Math.min(count, from + most);
    const part = Array.from(columns, ([name, column]): [string, Column] => [
      name,
      sliceColumn(column, from, to),
    ]);
    yield { from, count: to - from, columns: new Map(part) };
  }
}
