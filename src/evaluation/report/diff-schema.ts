import { z } from 'zod';

const count = z.int().nonnegative();
const countChanges = z.array(z.strictObject({ name: z.string(), before: count, after: count }));

const textChanges = z.array(
  z.strictObject({
    name: z.string(),
    before: z.string().optional().describe('Absent where there was none.'),
    after: z.string().optional().describe('Absent where there is none any more.'),
  }),
);

const share = z.number().min(0).max(1);
const sparsity = z
  .strictObject({ before: share.optional(), after: share.optional() })
  .describe('The share of zeros among real numbers; absent where there are none.');

const weightChange = z.strictObject({
  name: z.string(),
  dims: z.array(z.number()),
  change: z.enum(['added', 'removed', 'reshaped', 'retyped', 'values', 'unread']),
  distance: z
    .number()
    .nullable()
    .optional()
    .describe('|new - old| / |old| in the Euclidean norm; null where that is no number.'),
  sparsity,
  note: z.string(),
});

export const modelDiffSchema = z.strictObject({
  interface: z.array(z.strictObject({ breaking: z.boolean(), what: z.string() })),
  opsets: countChanges,
  operators: countChanges.describe('Nodes by operator; those whose number changed.'),
  nodes: z.strictObject({ before: count, after: count }),
  weights: z.strictObject({
    unchanged: count,
    changes: z.array(weightChange),
    parameters: z.strictObject({ before: count, after: count }),
    sparsity,
    notFinite: z
      .array(z.strictObject({ name: z.string(), already: z.boolean() }))
      .describe('Tensors that hold NaN or infinity, and whether the baseline has them too.'),
  }),
  metadata: textChanges.describe('Producer, versions, description and properties.'),
});

const lines = z.strictObject({
  count,
  lines: z.array(z.string()).describe('The first of them.'),
});

export const cardDiffSchema = z.strictObject({
  fields: textChanges.describe('Of the front matter, by the path of each value.'),
  removed: lines,
  added: lines,
});
