import { z } from 'zod';

/** What a gate can speak of. src/evaluation knows how each is computed and which way is better. */
export const METRICS = ['accuracy', 'macro-f1', 'log-loss', 'latency', 'size'] as const;

/** What a metric of the candidate must satisfy; the metric itself knows which direction is better. */
const gate = z
  .strictObject({
    min: z.number().describe('The lowest value that passes.'),
    max: z.number().describe('The highest value that passes.'),
    'max-regression': z
      .number()
      .nonnegative()
      .describe('How much worse than the baseline it may be, in the unit of the metric.'),
    'max-ratio': z
      .number()
      .positive()
      .describe('Candidate over baseline at most: for latency and size.'),
    'on-not-enough-data': z
      .enum(['pass', 'fail'])
      .describe(
        'What the gate does where the data cannot tell; fail by default, pass for latency, which a noisy machine blurs.',
      ),
  })
  .partial()
  .refine(
    (rule) => Object.keys(rule).some((key) => key !== 'on-not-enough-data'),
    'a gate needs min, max, max-regression or max-ratio',
  );

export const evaluationPolicy = z.strictObject({
  data: z.string().describe('The test set: an .npz file, relative to the repository.'),
  file: z
    .string()
    .optional()
    .describe("The .onnx file below the model's path; the only one by default."),
  inputs: z.record(z.string(), z.string()).describe('Model input -> array of the test set.'),
  labels: z.string().default('labels').describe('The array of class indices.'),
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
    .describe('Seconds after which one answer of a model counts as a hang.'),
  gates: z.partialRecord(z.enum(METRICS), gate).default({}),
});

export type MetricName = (typeof METRICS)[number];
export type EvaluationPolicy = z.infer<typeof evaluationPolicy>;
export type Gate = z.infer<typeof gate>;
