import { z } from 'zod';
import { dataSource, inputDescription } from '../project/data-description.ts';
import { DEVICES } from './device.ts';
import { layerSchema } from './layers/index.ts';
import { LOSS_NAMES } from './losses.ts';
import { SCHEDULES } from './schedule.ts';

/** A machine with more is not known; the limit only catches slips of the pen. */
const MAX_THREADS = 1024;

const data = z.strictObject({
  file: dataSource.describe('The training set: see docs/data.md for the formats.'),
  input: z
    .union([inputDescription, z.record(z.string(), inputDescription)])
    .describe('The array with the examples; or model input -> array, where there are several.'),
  labels: z.string().default('labels').describe('The array of class indices, or of values.'),
  scale: z
    .number()
    .default(1)
    .describe('What every input value is multiplied with; it becomes a part of the model.'),
});

const model = z
  .strictObject({
    layers: z.array(layerSchema).min(1).describe('A fresh model, layer by layer.'),
    from: z.string().describe('What is trained further: an ONNX file, or a registered version.'),
    train: z
      .union([z.enum(['all', 'head']), z.array(z.string()).min(1)])
      .describe("With 'from': all weights, the last layer (the default), or globs of names."),
    head: z
      .int()
      .min(1)
      .max(1_000_000)
      .describe("With 'from': replaces the last layer by a fresh one of so many outputs."),
    'batch-norm': z
      .enum(['running', 'batch'])
      .describe("With 'from': what BatchNormalization works with. running (the default) keeps it."),
    dropout: z.boolean().describe("With 'from': whether its Dropout nodes drop. false by default."),
  })
  .partial()
  .refine(
    ({ layers, from }) => (layers === undefined) !== (from === undefined),
    "give either 'layers' or 'from'",
  )
  .refine(
    ({ layers, train, head }) => layers === undefined || (train ?? head) === undefined,
    "'train' and 'head' are for 'from'",
  )
  .refine(
    ({ layers, dropout }) => layers === undefined || dropout === undefined,
    "'dropout' is for 'from': a layer of a fresh model always drops",
  )
  .refine(
    (model) => model.layers === undefined || model['batch-norm'] === undefined,
    "'batch-norm' is for 'from': a fresh model always learns from its batches",
  );

const share = z.number().min(0).lt(1);

/** A name alone stands for its defaults. */
function named<T extends z.ZodType>(settings: T) {
  return z.preprocess((value) => (typeof value === 'string' ? { name: value } : value), settings);
}

const loss = named(
  z
    .strictObject({
      name: z.enum(LOSS_NAMES).default('cross-entropy'),
      'label-smoothing': share.default(0).describe('For cross-entropy.'),
      'class-weights': z.array(z.number().min(0)).min(1).optional().describe('For cross-entropy.'),
      delta: z.number().positive().default(1).describe('For huber.'),
    })
    .prefault({}),
);

const schedule = named(
  z
    .strictObject({
      name: z.enum(SCHEDULES).default('constant'),
      'warm-up': share.default(0).describe('Share of the steps over which the rate rises.'),
      final: z.number().min(0).max(1).default(0).describe('Share of the rate at the end.'),
    })
    .prefault({}),
);

/** The defaults are PyTorch's. */
const optimizer = z
  .strictObject({
    name: z.enum(['sgd', 'adam', 'adamw']).default('adam'),
    'learning-rate': z.number().positive().default(0.001),
    'weight-decay': z.number().min(0).optional().describe('0; 0.01 for adamw.'),
    'weight-decay-on': z
      .enum(['all', 'matrices'])
      .default('all')
      .describe('matrices spares biases and normalisation.'),
    'clip-norm': z.number().positive().optional().describe('Largest norm of all gradients.'),
    schedule,
    momentum: share.default(0).describe('For sgd.'),
    nesterov: z.boolean().default(false).describe('For sgd.'),
    betas: z.tuple([share, share]).default([0.9, 0.999]).describe('For adam and adamw.'),
    epsilon: z.number().positive().default(1e-8).describe('For adam and adamw.'),
  })
  .refine(
    ({ nesterov, momentum }) => !nesterov || momentum > 0,
    'nesterov needs a momentum above 0',
  );

/** What `model-ci fit` reads: a file of its own, or a section of `params.yaml`. */
export const fitSchema = z
  .strictObject({
    data,
    model,
    loss,
    optimizer: optimizer.prefault({}),
    validation: z
      .strictObject({
        share: z.number().gt(0).lt(1).describe('This share of the training set is held out.'),
        file: dataSource.describe('A file with the same arrays or columns.'),
      })
      .partial()
      .refine(
        ({ share, file }) => (share === undefined) !== (file === undefined),
        'give share or file',
      )
      .optional()
      .describe('Examples to measure on after each epoch.'),
    'early-stopping': z
      .strictObject({
        metric: z.enum(['loss', 'accuracy']).default('loss'),
        patience: z.int().min(1).default(5).describe('Epochs without a better one.'),
      })
      .optional()
      .describe('By the validation examples; the best epoch is what is written.'),
    epochs: z.int().min(1).max(1_000_000),
    'batch-size': z.int().min(1).max(1_000_000).default(64),
    seed: z.int().min(0).default(0),
    threads: z
      .int()
      .min(1)
      .max(MAX_THREADS)
      .default(1)
      .describe('The same count gives the same bits; more are faster for large models.'),
    device: z
      .enum(DEVICES)
      .default('cpu')
      .describe('cuda is experimental: nothing of it has been measured.'),
    checkpoint: z
      .strictObject({
        file: z.string().min(1).optional().describe('Below .model-ci/checkpoints by default.'),
        'every-seconds': z.number().min(0).default(30),
      })
      .prefault({})
      .describe('Where a run that was stopped or killed goes on; removed when it is over.'),
    out: z.string().min(1).describe('The ONNX file to write.'),
    metrics: z.string().min(1).optional().describe('A JSON file for the final values.'),
    live: z
      .string()
      .min(1)
      .optional()
      .describe("A folder in DVCLive's layout: metrics.json and plots/metrics/*.tsv."),
    log: z.string().min(1).optional().describe('A file of JSON lines, one an epoch.'),
  })
  .refine((spec) => !spec['early-stopping'] || spec.validation, {
    error: "early-stopping needs 'validation'",
    path: ['early-stopping'],
  })
  .refine(
    (spec) => spec['early-stopping']?.metric !== 'accuracy' || spec.loss.name === 'cross-entropy',
    { error: 'only cross-entropy comes with an accuracy', path: ['early-stopping', 'metric'] },
  );

export type FitSpec = z.infer<typeof fitSchema>;
