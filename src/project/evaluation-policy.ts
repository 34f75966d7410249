import { z } from 'zod';
import { dataSource, inputDescription } from './data-description.ts';
import { dataChecks } from './data-checks.ts';
import { inferencePolicy } from './inference-policy.ts';
import { QUALITY_METRICS, TASK_NAMES, type QualityMetric } from './metric-names.ts';

/** Figures of what an answer costs. */
export const COST_METRICS = ['latency', 'size'] as const;

const undecided = z
  .enum(['pass', 'fail'])
  .describe('What the gate does where the data are not enough to tell.');

/** What the candidate must satisfy; the metric itself knows which direction is better. */
const qualityGate = z
  .strictObject({
    min: z.number().describe('The lowest value that passes.'),
    max: z.number().describe('The highest value that passes.'),
    'max-regression': z
      .number()
      .nonnegative()
      .describe('How much worse than the baseline it may be, in the unit of the metric.'),
    'max-relative-regression': z
      .number()
      .nonnegative()
      .describe("How much worse than the baseline it may be, as a share of the baseline's value."),
    'slice-min': z.number().describe('The lowest value that passes for any slice.'),
    'slice-max-regression': z
      .number()
      .nonnegative()
      .describe(
        'How much worse than the baseline a slice may be; it fails where one is shown to be worse, corrected for how many slices there are.',
      ),
    'on-not-enough-data': undecided.default('fail'),
  })
  .partial({
    min: true,
    max: true,
    'max-regression': true,
    'max-relative-regression': true,
    'slice-min': true,
    'slice-max-regression': true,
  })
  .refine(
    (gate) => Object.keys(gate).some((key) => /^(slice-)?m/.test(key)),
    'a gate needs min, max, max-regression, max-relative-regression, slice-min or slice-max-regression',
  );

const costGate = z
  .strictObject({
    max: z.number().positive().describe('The highest value that passes: milliseconds or bytes.'),
    'max-ratio': z.number().positive().describe('Candidate over baseline at most.'),
    // A noisy machine widens the interval of a ratio; that is nobody's fault.
    'on-not-enough-data': undecided.default('pass'),
  })
  .partial({ max: true, 'max-ratio': true })
  .refine((gate) => (gate.max ?? gate['max-ratio']) !== undefined, 'a gate needs max or max-ratio');

const fields = z.strictObject({
  data: dataSource.describe(
    'The test set, relative to the repository: .npz, .parquet, .csv, .tsv or .jsonl; or path, format and delimiter. See docs/data.md.',
  ),
  file: z
    .string()
    .optional()
    .describe("The .onnx file below the model's path; the only one by default."),
  command: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A shell command that answers the test set in place of ONNX Runtime and writes a predictions file; see docs/evaluation.md.',
    ),
  inputs: z
    .record(z.string(), inputDescription)
    .default({})
    .describe('Model input -> array or column of the test set, a list of columns, or steps.'),
  task: z
    .enum(TASK_NAMES)
    .default('classification')
    .describe(
      'What the model does; it decides what labels and answers mean, and which metrics there are.',
    ),
  labels: z
    .string()
    .default('labels')
    .describe('The array or column of what is true of each example.'),
  output: z.string().optional().describe('Model output with the scores; the first by default.'),
  classes: z.array(z.string()).optional().describe('Names of the classes, by index.'),
  baseline: z
    .string()
    .default('auto')
    .describe('auto, none, a version (name@v1.0.0), an environment (name#production) or a path.'),
  'on-no-baseline': z
    .enum(['pass', 'fail', 'absolute-only'])
    .default('absolute-only')
    .describe('What a gate does where there is no baseline; the report says so.'),
  interface: z
    .enum(['frozen', 'free'])
    .default('frozen')
    .describe(
      'frozen: a candidate whose inputs or outputs break those of the baseline is rejected. free: it is compared with nothing, and on-no-baseline decides.',
    ),
  slices: z
    .array(z.string())
    .default([])
    .describe('Columns of the data set; every metric is shown for each of their values.'),
  correction: z
    .enum(['holm', 'benjamini-hochberg'])
    .default('holm')
    .describe('How slice-max-regression keeps false alarms rare among many slices.'),
  confidence: z
    .number()
    .min(0.5)
    .max(0.9999)
    .default(0.95)
    .describe('How sure a comparison with the baseline must be, on each side.'),
  'time-limit': z
    .number()
    .positive()
    .default(600)
    .describe('Seconds after which one answer of a model, or the whole command, counts as a hang.'),
  inference: inferencePolicy.prefault({}),
  checks: dataChecks
    .optional()
    .describe('What the data are checked for; an error rejects the candidate.'),
  gates: z
    .strictObject({
      ...optional(QUALITY_METRICS, qualityGate),
      ...optional(COST_METRICS, costGate),
    })
    .default({}),
});

export const evaluationPolicy = fields
  .refine(({ command, inputs }) => (command === undefined) === Object.keys(inputs).length > 0, {
    path: ['inputs'],
    error: ({ input }) =>
      (input as Partial<z.infer<typeof fields>>).command === undefined
        ? 'what the model is fed: model input -> array or column of the test set; or a command, for a model that is not ONNX'
        : 'a command reads the test set by itself: leave inputs out',
  })
  .refine(({ command, output }) => command === undefined || output === undefined, {
    path: ['output'],
    error: 'a command chooses by itself what it writes: leave output out',
  });

function optional<const Name extends string, Schema extends z.ZodType>(
  names: readonly Name[],
  schema: Schema,
): Record<Name, z.ZodOptional<Schema>> {
  const entries = names.map((name) => [name, schema.optional()] as const);
  return Object.fromEntries(entries) as Record<Name, z.ZodOptional<Schema>>;
}

export type CostMetric = (typeof COST_METRICS)[number];
export type MetricName = QualityMetric | CostMetric;
export type EvaluationPolicy = z.infer<typeof evaluationPolicy>;
export type QualityGate = z.infer<typeof qualityGate>;
export type CostGate = z.infer<typeof costGate>;
