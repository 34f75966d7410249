import { type Column, type Rows } from '../column.ts';

/** Collects records of named fields into rows of at most `most`, a column at a time. */
export class RowBuffer<T> {
  readonly #names: readonly string[];
  readonly #toColumn: (values: readonly T[], row: number, name: string) => Column;
  #from = 0;
  #values: T[][];

  constructor(
    names: readonly string[],
    toColumn: (values: readonly T[], row: number, name: string) => Column,
  ) {
    this.#names = names;
    this.#toColumn = toColumn;
    this.#values = names.map(() => []);
  }

  /** How many rows have been added since the last `take`. */
  get count(): number {
    return this.#count;
  }
  #count = 0;

  add(value: (name: string, index: number) => T): void {
    this.#names.forEach((name, index) => this.#values[index]?.push(value(name, index)));
    this.#count += 1;
  }

  take(): Rows {
    const from = this.#from;
    const columns = new Map(
      this.#names.map((name, index) => [
        name,
        this.#toColumn(this.#values[index] ?? [], from, name),
      ]),
    );
    const rows = { from, count: this.#count, columns };
    this.#from += this.#count;
    this.#count = 0;
    this.#values = this.#names.map(() => []);
    return rows;
  }
}
