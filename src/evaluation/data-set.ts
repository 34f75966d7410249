import { isNull, openDataSet, readWhole, rowCount, type Column } from '../data/index.ts';
import { UserError } from '../errors.ts';
import type { EvaluationPolicy } from '../project/evaluation-policy.ts';
import type { SliceColumns } from './slices.ts';
import type { Labels } from './tasks/task.ts';

/** What is known of the examples that both models answer, but for their inputs. */
export interface DataSet {
  /** As the policy names it. */
  readonly file: string;
  readonly examples: number;
  readonly labels: Labels;
  /** The value of each example, for each column that the policy slices by. */
  readonly slices: SliceColumns;
}

/**
 * Reads labels and slices of the test set that the policy names.
 * @throws UserError where it is missing, empty, or its arrays do not belong together.
 */
export async function readDataSet(
  workspace: string,
  policy: Pick<EvaluationPolicy, 'data' | 'labels' | 'classes' | 'slices'>,
): Promise<DataSet> {
  const truths = await openDataSet(workspace, {
    source: policy.data,
    inputs: {},
    columns: columnsOf(policy),
  });
  const { file } = truths;
  const { columns, count } = await readWhole(truths);
  const column = columns.get(policy.labels);
  if (!column) throw new Error('the labels were not read');
  const labels = labelsOf(column, { file, column: policy.labels, classes: policy.classes });
  const slices = new Map(
    policy.slices.map((name) => [name, sliceValues(columns.get(name), name, policy)] as const),
  );
  return { file, examples: count, labels, slices };
}

/** The columns that are read beside the inputs. */
export function columnsOf({
  labels,
  slices,
}: Pick<EvaluationPolicy, 'labels' | 'slices'>): string[] {
  return [...new Set([labels, ...slices])];
}

/** What the slices of a column are called; an example without a value is in a slice of its own. */
function sliceValues(
  column: Column | undefined,
  name: string,
  { labels, classes }: Pick<EvaluationPolicy, 'labels' | 'classes'>,
): string[] {
  if (!column) throw new Error(`column ${name} was not read`);
  const named = name === labels ? classes : undefined;
  return Array.from({ length: rowCount(column) }, (_, row) => {
    if (isNull(column, row)) return '(none)';
    const value = column.kind === 'numbers' ? column.array.values[row] : column.values[row];
    return named?.[Number(value)] ?? String(value);
  });
}

interface LabelColumn {
  readonly file: string;
  readonly column: string;
  readonly classes: readonly string[] | undefined;
}

/** Labels as numbers: names become the indices that the policy's `classes` give them. */
function labelsOf(labels: Column, place: LabelColumn): Labels {
  if (labels.kind === 'values') return labels.values;
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
