import { z } from 'zod';
import { dataSource } from './data-description.ts';

const columnRule = z.strictObject({
  type: z.enum(['numbers', 'texts']).optional().describe('What every value must be.'),
  nulls: z.number().min(0).max(1).optional().describe('The largest share without a value.'),
  min: z.number().optional().describe('The lowest value that may be.'),
  max: z.number().optional().describe('The highest value that may be.'),
});

/** What the data of an evaluation are checked for, before anything is measured on them. */
export const dataChecks = z.strictObject({
  train: dataSource
    .optional()
    .describe('What the model was trained with: no example of the test set may be in it.'),
  reference: dataSource
    .optional()
    .describe('What the data should look like: columns are compared for drift.'),
  columns: z
    .record(z.string(), columnRule)
    .default({})
    .describe('Column -> what must be true of it; the column must be there.'),
});

export type DataChecks = z.infer<typeof dataChecks>;
export type ColumnRule = z.infer<typeof columnRule>;
