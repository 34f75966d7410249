import { z } from 'zod';
import { evaluationPolicy } from './evaluation-policy.ts';
import { lintPolicy } from './lint-policy.ts';
import { registryPolicy } from './registry-policy.ts';

const model = z.strictObject({
  path: z.string().describe('The file or folder of the weights and their card.'),
  files: z
    .array(z.string())
    .optional()
    .describe('Globs below path that belong to a snapshot; all files by default.'),
  evaluation: evaluationPolicy.optional(),
});

/** Names end up in tags (GTO's grammar), paths and Markdown. */
const modelName = z
  .string()
  .regex(
    /^[A-Za-z](?:[A-Za-z0-9_-]|\/(?=[A-Za-z0-9_-]))*(?<![_-])$/,
    'a name has letters, digits, -, _ and /, and ends in a letter or a digit',
  );

/** The schema of `.github/model-ci.yml`; `schema/policy.json` is generated from it. */
export const policySchema = z.strictObject({
  models: z.record(modelName, model).default({}),
  lint: lintPolicy.prefault({}),
  registry: registryPolicy.prefault({}),
});

export type Policy = z.infer<typeof policySchema>;
export type ModelPolicy = z.infer<typeof model>;
