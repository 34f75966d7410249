import { createHash } from 'node:crypto';
import { UserError } from '../../errors.ts';
import type { DataSource, InputDescription } from '../../project/data-description.ts';
import type { Column } from '../column.ts';
import { openDataSet } from '../data-set.ts';
import { openInputs } from '../inputs/index.ts';
import { ColumnProfile } from './column-profile.ts';

const BATCH = 4096;

/** What was read of a data set, in one pass. */
export interface DataProfile {
  readonly file: string;
  readonly rows: number;
  readonly columns: ReadonlyMap<string, ColumnProfile>;
  /** Of the columns that the model's inputs are made of -> how many rows have it. */
  readonly hashes: ReadonlyMap<string, number>;
}

/** @throws UserError where the data set cannot be read, or has not the columns of the inputs. */
export async function profileOf(
  folder: string,
  source: DataSource,
  inputs: Readonly<Record<string, InputDescription>>,
): Promise<DataProfile> {
  const { file, names } = await openDataSet(folder, { source, inputs: {} });
  const prepared = await openInputs(folder, file, inputs);
  const hashed = [...new Set([...prepared.values()].flatMap(({ columns }) => columns))];
  const missing = hashed.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new UserError(`${file} has no column or array '${missing.join("', '")}'`, {
      hint: 'Train and reference data have the columns of the test set.',
      place: { file },
    });
  }
  const whole = await openDataSet(folder, { source, inputs: {}, columns: names });
  const columns = new Map(names.map((name) => [name, new ColumnProfile(name)]));
  const hashes = new Map<string, number>();
  let rows = 0;
  for await (const { columns: read, count } of whole.batches(BATCH)) {
    for (const [name, column] of read) columns.get(name)?.add(column);
    const parts = hashed.map((name) => read.get(name)).filter((column) => column !== undefined);
    for (let row = 0; row < count; row++) {
      const hash = rowHash(parts, row);
      hashes.set(hash, (hashes.get(hash) ?? 0) + 1);
    }
    rows += count;
  }
  return { file, rows, columns, hashes };
}

/** A hash of one row over columns: equal rows have equal hashes. */
function rowHash(columns: readonly Column[], row: number): string {
  const hash = createHash('sha256');
  for (const column of columns) {
    if (column.kind === 'numbers') {
      const { values, shape } = column.array;
      const size = values.length / Math.max(1, shape[0] ?? 1);
      const part = values.subarray(row * size, (row + 1) * size);
      // Numbers of another width are the same numbers.
      hash.update(Array.from<number | bigint, string>(part, String).join(' '));
    } else {
      const value = column.values[row];
      if (column.kind === 'files')
        hash.update((value as { bytes: Uint8Array } | null)?.bytes ?? '');
      else
        hash.update(
          column.kind === 'texts'
            ? ((value as string | null) ?? '')
            : JSON.stringify(value ?? null),
        );
    }
    hash.update('\0');
  }
  return hash.digest().toString('latin1', 0, 16);
}
