import { z } from 'zod';

const severity = z.enum(['error', 'warning', 'info', 'off']);

const rules = z
  .record(z.string(), severity)
  .describe('Rule id, or family/* -> error, warning, info or off.');

const override = z.strictObject({
  paths: z.array(z.string()).min(1).describe('Globs, relative to the repository.'),
  rules: rules.default({}),
  inconclusive: z
    .enum(['fail', 'pass'])
    .default('fail')
    .describe('What a file does that could not be read to its end.'),
});

const suppression = z
  .strictObject({
    rule: z.string().describe('The id of the rule.'),
    path: z.string().optional().describe('A glob, relative to the repository.'),
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, 'a digest is sha256: and 64 hexadecimal digits')
      .optional()
      .describe('Of the file: another content brings the finding back.'),
    reason: z.string().min(1).describe('Why the finding is accepted.'),
    expires: z.iso.date().describe('The first day on which the finding counts again.'),
  })
  .refine(
    ({ path, digest }) => path !== undefined || digest !== undefined,
    'name a path or a digest',
  );

const card = z
  .strictObject({
    required: z
      .array(z.string())
      .default([])
      .describe('Fields of the front matter that every card must have, such as datasets.'),
  })
  .prefault({});

/** The section `lint` of the policy. */
export const lintPolicy = z.strictObject({
  'fail-on': z
    .enum(['error', 'warning', 'never'])
    .default('error')
    .describe('The severity that fails the check.'),
  rules: rules.default({}),
  overrides: z
    .array(override)
    .default([])
    .describe('Rules for some paths; the last that matches counts.'),
  card,
  weights: z
    .enum(['sample', 'all'])
    .default('sample')
    .describe('How much of the weights is searched for NaN and infinity.'),
  suppress: z.array(suppression).default([]).describe('Findings that are accepted until a day.'),
});

export type LintPolicy = z.infer<typeof lintPolicy>;
