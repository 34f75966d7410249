import { z } from 'zod';

/** How a data set is stored; by the suffix of its path unless the description says it. */
export const DATA_FORMATS = ['npz', 'parquet', 'csv', 'json-lines'] as const;

/** Where examples come from: a path, or a path and how to read it. */
export const dataSource = z.union([
  z.string(),
  z.strictObject({
    path: z.string().describe('A file, or a folder with one folder of images for each class.'),
    format: z.enum(DATA_FORMATS).optional().describe('By the suffix of the path unless given.'),
    delimiter: z
      .string()
      .length(1)
      .optional()
      .describe('Between the fields of a CSV file: a comma, or a tab where it is called .tsv.'),
  }),
]);

const numberType = z.enum(['float32', 'float64', 'int64', 'int32', 'uint8', 'bool']);

const columnPart = z.union([
  z.string(),
  z.strictObject({
    column: z.string(),
    fill: z.number().optional().describe('What stands for a missing value; an error by default.'),
    mean: z.number().default(0).describe('Taken away from each value.'),
    std: z.number().positive().default(1).describe('Each value is divided by it.'),
    categories: z
      .array(z.string())
      .min(1)
      .optional()
      .describe('The vocabulary of a column of texts, in the order of training.'),
    encode: z
      .enum(['index', 'one-hot'])
      .default('index')
      .describe('With categories: the index alone, or a 1 among 0s.'),
    unknown: z
      .enum(['error', 'ignore'])
      .default('error')
      .describe('A text beyond the categories: an error, or the index -1 and nothing but 0s.'),
  }),
]);

/**
 * How one input of a model comes from the columns of a data set: a column or array as it is, or a
 * list of columns as one feature tensor.
 */
export const inputDescription = z.union([
  z.string(),
  z.array(columnPart).min(1),
  z.strictObject({
    columns: z.array(columnPart).min(1),
    type: numberType.default('float32'),
  }),
]);

export type DataFormat = (typeof DATA_FORMATS)[number];
export type DataSource = z.infer<typeof dataSource>;
export type InputDescription = z.infer<typeof inputDescription>;
export type ColumnPart = z.infer<typeof columnPart>;
export type NumberType = z.infer<typeof numberType>;
