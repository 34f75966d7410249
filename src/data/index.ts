/**
 * The data room: opens a data set that is described once and gives batches of tensors for a
 * model's inputs, with the columns (labels, slices) that are wanted beside them. Evaluation and
 * training read their examples here, from the same descriptions.
 *
 *     const data = await openDataSet(workspace, { source: 'data/test.parquet',
 *       inputs: { features: ['age', 'income'] }, columns: ['label', 'country'] });
 *     for await (const batch of data.batches(256)) { batch.inputs.get('features') ... }
 */
export { joinBatches, takeExamples, type Batch } from './batch.ts';
export type { DataFinding } from './checks/finding.ts';
export { checkData } from './checks/index.ts';
export { isNull, rowCount, type Column } from './column.ts';
export { openDataSet, readWhole, type DataDescription, type DataSet } from './data-set.ts';
export { invalidData, type DataPlace } from './problem.ts';
