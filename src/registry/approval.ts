import { EnvironmentError, UserError } from '../errors.ts';
import type { RegistryPolicy } from '../project/policy.ts';
import { own, sameLogin, whyNoneOf, type Actor } from './roles.ts';

/** Who approved an assignment, or why that is not enough. */
export interface Approval {
  /** Logins; empty where the policy asks for none. */
  readonly by: readonly string[];
  readonly reasons: readonly string[];
}

/**
 * The approvals that the policy asks for before something happens to `environment`. They are those
 * that GitHub's own environment of the run waited for.
 */
export async function approvalOf(
  policy: RegistryPolicy,
  environment: string | undefined,
  actor: Actor,
): Promise<Approval> {
  const rule = own(policy.environments ?? {}, environment ?? '')?.approval;
  if (environment === undefined || !rule) return { by: [], reasons: [] };
  const { environment: reviewed = environment, by: allowed, 'self-approval': alone } = rule;
  const refused = (...reasons: string[]): Approval => ({ by: [], reasons });
  const found = await ask(actor, reviewed);
  if (typeof found === 'string') return refused(found);
  if (found.length === 0) {
    return refused(
      `nobody approved ${environment}: act on its tags in a job with 'environment: ${reviewed}', and give that environment required reviewers`,
    );
  }
  const others = alone ? found : found.filter((login) => !sameLogin(login, actor.login));
  if (others.length === 0) {
    return refused(`${actor.login} may not approve ${environment} alone: somebody else has to`);
  }
  if (!allowed) return { by: others, reasons: [] };
  const why: string[] = [];
  const counting: string[] = [];
  for (const login of others) {
    const reasons = await whyNoneOf(policy.roles, allowed, { ...actor, login });
    if (reasons) why.push(...reasons);
    else counting.push(login);
  }
  if (counting.length > 0) return { by: counting, reasons: [] };
  const [names, needed] = [others.join(', '), allowed.join(', ')];
  return refused(`${names} approved ${environment}, and it takes ${needed}`, ...why);
}

/** The approvers, or why they cannot be told. */
async function ask({ people }: Actor, environment: string): Promise<readonly string[] | string> {
  try {
    return await people.approversOf(environment);
  } catch (thrown) {
    if (!(thrown instanceof UserError) || thrown instanceof EnvironmentError) throw thrown;
    return `who approved ${environment} cannot be told: ${thrown.message}. ${thrown.hint}`;
  }
}
