import type { Rows } from './column.ts';

/** A file or folder that holds columns. */
export interface Reader {
  /** The columns or arrays that it has. */
  readonly names: readonly string[];
  /** How many rows there are; undefined where only reading to the end tells. */
  readonly count: number | undefined;
  /**
   * Reads the rows in order, as many at a time as are convenient and at most `most`. It can be
   * called again, and starts from the first row then.
   * @throws UserError that names file, row and column for whatever cannot be read.
   */
  rows(names: readonly string[], most: number): AsyncIterable<Rows>;
}
