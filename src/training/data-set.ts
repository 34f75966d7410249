import { openDataSet, readWhole } from '../data/index.ts';
import type { NdArray } from '../formats/nd-array.ts';
import {
  inputDescription,
  type DataSource,
  type InputDescription,
} from '../project/data-description.ts';
import { takeRows } from './examples.ts';
import { Random } from './random.ts';
import type { FitSpec } from './spec.ts';

/** The arrays of a data set; the first axis of each counts the examples. */
export interface Examples {
  /** Model input -> array; '' stands for the only input, whatever that is called. */
  readonly byInput: ReadonlyMap<string, NdArray>;
  readonly labels: NdArray;
}

async function readExamples(spec: FitSpec, folder: string, source: DataSource): Promise<Examples> {
  const { input, labels } = spec.data;
  const single = inputDescription.safeParse(input).success;
  const inputs = (single ? { '': input } : input) as Readonly<Record<string, InputDescription>>;
  const batch = await readWhole(
    await openDataSet(folder, { source, inputs: { ...inputs, [LABELS]: labels } }),
  );
  const byInput = new Map(batch.inputs);
  const array = byInput.get(LABELS);
  if (!array) throw new Error('the labels were not read');
  byInput.delete(LABELS);
  return { byInput, labels: array };
}

/** No input of a model is called so: names in ONNX are C identifiers by its specification. */
const LABELS = 'the labels';

export interface DataSet {
  readonly training: Examples;
  /** To measure on after each epoch; undefined where the spec asks for none. */
  readonly validation: Examples | undefined;
}

/**
 * Reads the data that a spec names, and holds some out where it says so.
 * @throws UserError for a file or an array that cannot be read
 */
export async function readDataSet(spec: FitSpec, folder: string): Promise<DataSet> {
  const all = await readExamples(spec, folder, spec.data.file);
  const { validation, seed } = spec;
  if (validation?.file !== undefined) {
    return { training: all, validation: await readExamples(spec, folder, validation.file) };
  }
  if (validation?.share === undefined) return { training: all, validation: undefined };
  const count = all.labels.shape[0] ?? 0;
  const order = Array.from(Random.of(seed, 'hold out').permutation(count));
  const held = Math.min(count - 1, Math.max(1, Math.round(count * validation.share)));
  return {
    training: rowsOf(all, order.slice(held)),
    validation: rowsOf(all, order.slice(0, held)),
  };
}

function rowsOf({ byInput, labels }: Examples, rows: readonly number[]): Examples {
  return {
    byInput: new Map(Array.from(byInput, ([name, array]) => [name, takeRows(array, rows)])),
    labels: takeRows(labels, rows),
  };
}
