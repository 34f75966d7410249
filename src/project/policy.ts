import type { z } from 'zod';
import { UserError } from '../errors.ts';
import type { Policy } from './policy-schema.ts';
import { readYaml, type YamlFile } from './yaml.ts';

export type { ModelPolicy, Policy } from './policy-schema.ts';
export type { RegistryPolicy, Role } from './registry-policy.ts';

export const POLICY_FILE = '.github/model-ci.yml';

/** What the schema makes of an empty policy, for repositories that need not load it. */
export const DEFAULT_POLICY: Policy = {
  models: {},
  lint: {
    'fail-on': 'error',
    rules: {},
    overrides: [],
    card: { required: [] },
    weights: 'sample',
    suppress: [],
  },
  registry: {
    hashing: 'all',
    branch: 'model-registry',
    remote: 'origin',
    evidence: [],
    branches: [],
    roles: {},
    allow: {},
  },
};

/**
 * Reads the policy; the defaults where the repository has none.
 * @throws UserError with the line of the first value that the schema refuses.
 */
export async function readPolicy(workspace: string, file = POLICY_FILE): Promise<Policy> {
  const yaml = await readYaml(workspace, file);
  return yaml ? checkPolicy(yaml) : DEFAULT_POLICY;
}

async function checkPolicy(yaml: YamlFile): Promise<Policy> {
  const { policySchema } = await import('./policy-schema.ts');
  const parsed = policySchema.safeParse(yaml.value ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const { path = [], message = 'is not a policy' } = issue ? innermost(issue) : {};
  const keys = path.filter((key) => typeof key !== 'symbol');
  const at = keys.length > 0 ? `'${keys.join('.')}': ` : '';
  throw new UserError(`${yaml.file}: ${at}${message}`, {
    hint: 'docs/policy.md lists every key; an editor completes them with schema/policy.json.',
    place: yaml.placeOf(keys),
  });
}

type Issue = z.core.$ZodIssue;

/** Of a value that may be one of several things, what is wrong with the one that was meant. */
function innermost(issue: Issue): Pick<Issue, 'path' | 'message'> {
  const branches = issue.code === 'invalid_union' ? issue.errors : [];
  const meant = branches.flatMap(([first]) =>
    // Another type altogether was not meant.
    first && (first.code !== 'invalid_type' || first.path.length > 0) ? [innermost(first)] : [],
  );
  const [only] = meant;
  if (!only || meant.length > 1) return issue;
  return { path: [...issue.path, ...only.path], message: only.message };
}
