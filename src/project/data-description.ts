import { z } from 'zod';

/** How a data set is stored; by the suffix of its path unless the description says it. */
export const DATA_FORMATS = ['npz', 'parquet', 'csv', 'json-lines', 'images'] as const;

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

/** Height and width; a number stands for a square, or for the shorter side. */
const side = z.int().min(1).max(16_384);
const size = z.union([side, z.tuple([side, side])]);
const perChannel = z.union([z.number(), z.array(z.number()).min(1).max(3)]);

const imageSteps = z.strictObject({
  column: z.string().default('image'),
  resize: size
    .optional()
    .describe('Bilinear with antialiasing, as Pillow: the shorter side, or [height, width].'),
  crop: size.optional().describe('The centre: a square, or [height, width].'),
  channels: z.enum(['rgb', 'bgr', 'gray']).default('rgb'),
  scale: z
    .number()
    .default(1 / 255)
    .describe('What each level from 0 to 255 is multiplied with.'),
  mean: perChannel.default(0).describe('Taken away afterwards, for each channel.'),
  std: perChannel.default(1).describe('What is divided by at last, for each channel.'),
  layout: z.enum(['nchw', 'nhwc']).default('nchw'),
  type: z
    .enum(['float32', 'uint8'])
    .default('float32')
    .describe('uint8: the levels as they are, without scale, mean and std.'),
});

const textSteps = z.strictObject({
  column: z.string().default('text'),
  pair: z.string().optional().describe('The column of the second text of a pair.'),
  tokenizer: z.string().describe('A tokenizer.json, relative to the repository.'),
  give: z
    .enum(['ids', 'attention-mask', 'token-types'])
    .default('ids')
    .describe('What of the tokens this input is.'),
  'max-length': z.int().min(2).max(1_000_000).default(512).describe('Longer texts are cut.'),
  padding: z
    .enum(['longest', 'max-length'])
    .default('longest')
    .describe('To the longest text of a batch, or always to max-length.'),
  'special-tokens': z.boolean().default(true),
  type: z.enum(['int64', 'int32']).default('int64'),
});

/**
 * How one input of a model comes from the columns of a data set: a column or array as it is, a
 * list of columns as one feature tensor, or steps for numbers, for an image, or for a text.
 */
export const inputDescription = z.union([
  z.string(),
  z.array(columnPart).min(1),
  z.strictObject({
    columns: z.array(columnPart).min(1),
    type: numberType.default('float32'),
  }),
  z.strictObject({ image: imageSteps }),
  z.strictObject({ text: textSteps }),
]);

export type DataFormat = (typeof DATA_FORMATS)[number];
export type DataSource = z.infer<typeof dataSource>;
export type InputDescription = z.infer<typeof inputDescription>;
export type ColumnPart = z.infer<typeof columnPart>;
export type NumberType = z.infer<typeof numberType>;
export type ImageSteps = z.infer<typeof imageSteps>;
export type TextSteps = z.infer<typeof textSteps>;
