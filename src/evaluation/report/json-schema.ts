import { z } from 'zod';
import { PROVIDERS } from '../../project/inference-policy.ts';
import { TASK_NAMES } from '../../project/metric-names.ts';
import { cardDiffSchema, modelDiffSchema } from './diff-schema.ts';

/** NaN and Infinity are null in JSON. */
const figure = z.number().nullable();
const interval = z.strictObject({ low: figure, high: figure });
const estimate = z.strictObject({ estimate: figure, interval });
const count = z.int().nonnegative();

const comparison = z.strictObject({
  candidate: figure,
  baseline: figure.optional(),
  regression: estimate.optional().describe('How much worse the candidate is; negative is better.'),
  relative: estimate.optional().describe("The same as a share of the baseline's value."),
  chance: figure
    .optional()
    .describe(
      'That equally good models differ at least so much: by McNemar, or a paired permutation test.',
    ),
});

const timing = z.strictObject({
  rounds: count,
  medianMs: figure,
  p95Ms: figure,
  p99Ms: figure,
  throughput: figure.describe('Examples per second.'),
  outliers: count.describe('Rounds slower than three times the median.'),
});

const byEngine = z.strictObject({
  by: z.literal('engine'),
  provider: z.enum(PROVIDERS),
  fallback: z
    .string()
    .optional()
    .describe('Why that is not the provider that the policy asks for.'),
  setting: z.strictObject({
    threads: count,
    batch: count.describe('Examples in one run; tokens in one run where byLength is true.'),
  }),
  alone: z
    .boolean()
    .optional()
    .describe('Whether an answer is the same whatever else is in its batch.'),
  byLength: z.boolean().describe('Whether examples of like length were answered together.'),
  rate: figure.optional(),
});

const byCommand = z.strictObject({
  by: z.literal('command'),
  command: z.string(),
  seconds: figure,
  gives: z
    .enum(['predictions', 'metrics'])
    .describe('Metrics are of all examples at once: nothing tells what is chance.'),
});

const unasked = z.strictObject({
  by: z.literal('none'),
  why: z.string().describe('Why a candidate of another interface could not be asked.'),
});

const contender = z.strictObject({
  name: z.string(),
  digest: z.string(),
  bytes: count,
  inference: z.discriminatedUnion('by', [byEngine, byCommand, unasked]),
  scores: z.string().describe("What the model's output was taken for."),
  classes: z.array(
    z.strictObject({ precision: figure, recall: figure, f1: figure, support: count }),
  ),
  confusion: z
    .array(z.array(count))
    .nullable()
    .describe('Rows are labels, columns predictions; null where there are too many classes.'),
});

const gate = z.strictObject({
  metric: z.string(),
  rule: z.string(),
  limit: z.number(),
  slice: z.string().optional(),
  value: figure.optional(),
  interval: interval.optional(),
  outcome: z.string(),
  passed: z.boolean().optional().describe('Absent where the rule has no say.'),
  examplesNeeded: count.optional(),
});

const pairs = z.strictObject({
  broken: count,
  fixed: count,
  total: count,
  chance: figure.describe('That equally good models differ so much (McNemar).'),
});

const flips = z.strictObject({
  broken: count,
  fixed: count,
  examples: z.array(
    z.strictObject({
      example: count,
      label: z.string(),
      baseline: z.string(),
      candidate: z.string(),
      confidence: figure.optional(),
    }),
  ),
});

/** What `model-ci evaluate --format json` prints; schema/evaluation.json is generated from it. */
export const evaluationReport = z.strictObject({
  task: z.enum(TASK_NAMES),
  verdict: z.enum(['accepted', 'rejected', 'undecided']),
  headline: z.string(),
  candidate: contender,
  baseline: contender.nullable(),
  baselineReason: z.string(),
  data: z.strictObject({
    file: z.string(),
    examples: count,
    findings: z.array(
      z.strictObject({
        check: z.string(),
        severity: z.enum(['error', 'warning', 'info']),
        message: z.string(),
        place: z.strictObject({ file: z.string() }),
      }),
    ),
  }),
  confidence: z.number(),
  interface: z.strictObject({ breaks: z.array(z.string()) }),
  gates: z.array(gate),
  diff: modelDiffSchema
    .nullable()
    .describe('What changed in the model; null without a baseline, and where a command runs it.'),
  card: cardDiffSchema.nullable().describe('How the model card changed; null where it did not.'),
  metrics: z.record(z.string(), comparison),
  slices: z.array(
    z.strictObject({
      name: z.string(),
      examples: count,
      metrics: z.record(z.string(), comparison),
    }),
  ),
  classNames: z.array(z.string()),
  latency: z
    .strictObject({
      batch: count,
      candidate: timing,
      baseline: timing.nullable(),
      ratio: estimate.nullable(),
      further: z.record(z.string(), estimate).nullable(),
    })
    .nullable()
    .describe('Null where a command answered.'),
  pairs: pairs.nullable(),
  flips: flips.nullable(),
  machine: z.strictObject({ platform: z.string(), processor: z.string(), threads: count }),
});
