import { UserError } from '../errors.ts';
import type { RegistryPolicy } from '../project/policy.ts';
import type { EvidenceKind } from './evidence.ts';
import type { Ports } from '../runner/ports.ts';
import type { Git } from './git.ts';
import type { Ledger } from './ledger.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { VersionRecord } from './records.ts';
import type { Remote } from './remote.ts';
import { own, whyNoneOf, type Actor } from './roles.ts';

export type GovernedAction = 'register' | 'assign' | 'unassign' | 'deprecate' | 'retire' | 'prune';

/** Why the policy does not let `actor` act; empty where it does. Each reason is a sentence. */
export async function actorRefusals(
  policy: RegistryPolicy,
  action: GovernedAction,
  actor: Actor,
  environment?: string,
): Promise<readonly string[]> {
  const rule = environment === undefined ? undefined : own(policy.environments ?? {}, environment);
  const allowed = rule?.allow ?? policy.allow[action];
  if (!allowed) return [];
  const missing = await whyNoneOf(policy.roles, allowed, actor);
  if (!missing) return [];
  const where =
    environment === undefined ? '' : ` ${action === 'unassign' ? 'from' : 'to'} ${environment}`;
  const who = actor.login || 'an unknown user';
  const names = allowed.length > 0 ? allowed.join(', ') : 'nobody';
  return [`${who} may not ${action}${where}: the policy allows ${names}`, ...missing];
}

/** Why `record` may not be given to `environment`; empty where it may. */
export function promotionRefusals(
  policy: RegistryPolicy,
  environment: string,
  record: VersionRecord,
  lifecycle: Lifecycle,
): readonly string[] {
  const name = `${record.model}@${record.version}`;
  const reasons: string[] = [];
  if (lifecycle.isDeprecated(record.version)) reasons.push(`${name} is deprecated`);
  if (policy.environments === undefined) return reasons;
  const rule = own(policy.environments, environment);
  if (!rule) {
    const names = Object.keys(policy.environments).join(', ');
    return [...reasons, `the policy has no environment ${environment}; it has ${names}`];
  }
  for (const first of rule.after) {
    if (!lifecycle.isAssigned(record.version, first)) {
      reasons.push(`${name} must be in ${first} before ${environment}`);
    }
  }
  const kinds = new Set<EvidenceKind>(record.evidence.map(({ kind }) => kind));
  for (const kind of rule.evidence) {
    if (!kinds.has(kind)) reasons.push(`${name} was registered without ${kind} evidence`);
  }
  return reasons;
}

/** Whoever made this run happen, acting on `commit`. */
export function actorAt(
  { git, remote }: Pick<Ledger, 'git' | 'remote'>,
  commit: string,
  { event, people }: Pick<Ports, 'event' | 'people'>,
): Actor {
  const isOn = (branches: readonly string[]) => isOnBranch(git, remote, branches, commit);
  return { login: event.actor, people, isOn };
}

/** Why a tag on `commit` does not count: the policy may ask that it lies on certain branches. */
export async function branchRefusals(
  git: Git,
  remote: Remote,
  branches: readonly string[],
  commit: string,
): Promise<readonly string[]> {
  if (branches.length === 0 || (await isOnBranch(git, remote, branches, commit))) return [];
  return [`commit ${commit.slice(0, 12)} is on none of the branches ${branches.join(', ')}`];
}

/** @throws UserError where the clone is too shallow to tell. */
async function isOnBranch(
  git: Git,
  remote: Remote,
  branches: readonly string[],
  commit: string,
): Promise<boolean> {
  if ((await git.text(['rev-parse', '--is-shallow-repository'])) === 'true') {
    throw new UserError('the clone is too shallow to tell on which branch the tag lies', {
      hint: 'Check out with fetch-depth: 0, or run: git fetch --unshallow',
    });
  }
  const heads = await remote.refs(...branches.map((branch) => `refs/heads/${branch}`));
  for (const [ref, head] of heads) {
    if ((await git.run(['cat-file', '-e', head])).code !== 0) await remote.fetch(ref);
    if ((await git.run(['merge-base', '--is-ancestor', commit, head])).code === 0) return true;
  }
  return false;
}
