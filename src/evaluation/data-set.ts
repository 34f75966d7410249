import { openDataSet, readWhole, type Column } from '../data/index.ts';
import { UserError } from '../errors.ts';
import type { NdArray } from '../formats/nd-array.ts';
import type { Columns } from '../inference/feeds.ts';
import type { EvaluationPolicy } from '../project/evaluation-policy.ts';

/** The examples that both models answer. */
export interface DataSet {
  /** As the policy names it. */
  readonly file: string;
  readonly examples: number;
  readonly columns: Columns;
  readonly labels: NdArray;
}

/**
 * Reads the test set that the policy names.
 * @throws UserError where it is missing, empty, or its arrays do not belong together.
 */
export async function readDataSet(
  workspace: string,
  policy: Pick<EvaluationPolicy, 'data' | 'inputs' | 'labels' | 'classes'>,
): Promise<DataSet> {
  const opened = await openDataSet(workspace, {
    source: policy.data,
    inputs: policy.inputs,
    columns: [policy.labels],
  });
  const { file } = opened;
  const { inputs, columns, count } = await readWhole(opened);
  const column = columns.get(policy.labels);
  if (!column) throw new Error('the labels were not read');
  const labels = labelsOf(column, { file, column: policy.labels, classes: policy.classes });
  return { file, examples: count, columns: inputs, labels };
}

interface LabelColumn {
  readonly file: string;
  readonly column: string;
  readonly classes: readonly string[] | undefined;
}

/** Labels as numbers: names become the indices that the policy's `classes` give them. */
function labelsOf(labels: Column, place: LabelColumn): NdArray {
  if (labels.kind === 'numbers') {
    const missing = labels.nulls?.indexOf(1) ?? -1;
    if (missing < 0) return labels.array;
    throw invalid(place, missing, 'has no value');
  }
  if (labels.kind !== 'texts') throw invalid(place, 0, 'is neither a number nor a name');
  const indices = new Map(place.classes?.map((name, index) => [name, index]));
  const values = Float64Array.from(labels.values, (text, row) => {
    const value = indices.get(text ?? '') ?? (text === null ? NaN : Number(text));
    if (!Number.isNaN(value)) return value;
    const what =
      text === null ? 'has no value' : `'${text.slice(0, 60)}' is no number and no class`;
    throw invalid(place, row, what);
  });
  return { elementType: 'float64', shape: [values.length], values };
}

function invalid({ file, column }: LabelColumn, row: number, what: string): UserError {
  return new UserError(`${file}, row ${row}, column '${column}': ${what}`, {
    hint: "Each example needs one label: a number, or a name that is listed under 'classes'.",
    place: { file },
  });
}
