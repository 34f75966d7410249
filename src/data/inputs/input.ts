import type { NdArray } from '../../formats/nd-array.ts';
import type { Rows } from '../column.ts';
import type { Padding } from '../padding.ts';

/** One input of a model for some rows. */
export interface Tensor {
  /** Its first axis counts the rows. */
  readonly array: NdArray;
  /** How much of the second axis each row fills, where that varies. */
  readonly ragged?: { readonly lengths: Int32Array; readonly padding: Padding } | undefined;
}

/** Makes one input of a model out of the columns of a data set. */
export interface Input {
  /** The columns that it needs. */
  readonly columns: readonly string[];
  /** @throws UserError that names file, row and column of a value that it cannot take. */
  tensor(rows: Rows): Promise<Tensor> | Tensor;
}
