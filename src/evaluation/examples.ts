import { openDataSet, type Batch, type DataSet } from '../data/index.ts';
import type { EvaluationPolicy } from '../project/evaluation-policy.ts';
import { columnsOf } from './data-set.ts';

/** Examples that models are timed with. */
const SAMPLE = 64;

/** Examples that are prepared at a time: enough to sort by length, and no more than fit. */
const MAX_WINDOW = 4096;
const MAX_WINDOW_BYTES = 64 * 1024 * 1024;

/** What models are asked; read as it is needed. */
export interface Examples {
  /** The first of them. */
  readonly sample: Batch;
  /** All in order, some at a time. */
  windows(): AsyncIterable<Batch>;
}

/**
 * Opens the inputs of the test set that the policy names.
 * @throws UserError where it is missing or empty, or its arrays do not belong together.
 */
export async function openExamples(
  workspace: string,
  policy: Pick<EvaluationPolicy, 'data' | 'inputs' | 'labels' | 'slices'>,
): Promise<Examples> {
  const { data: source, inputs } = policy;
  // Columns of another length than the inputs are found out by reading them together.
  const data = await openDataSet(workspace, { source, inputs, columns: columnsOf(policy) });
  const sample = await firstOf(data);
  return { sample, windows: () => data.batches(windowOf(sample)) };
}

async function firstOf(data: DataSet): Promise<Batch> {
  for await (const batch of data.batches(SAMPLE)) return batch;
  throw new Error('the data set has labels and no examples');
}

function windowOf({ inputs, count }: Batch): number {
  const bytes = [...inputs.values()].reduce((sum, { values }) => sum + values.byteLength, 0);
  const fitting = Math.floor((MAX_WINDOW_BYTES * count) / Math.max(1, bytes));
  return Math.max(1, Math.min(MAX_WINDOW, fitting));
}
