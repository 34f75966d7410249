import { EnvironmentError, UserError } from '../errors.ts';
import type { RegistryPolicy, Role } from '../project/policy.ts';
import { PERMISSIONS } from '../project/registry-policy.ts';
import type { People } from '../runner/ports.ts';

/** Somebody, and what can be found out about them. */
export interface Actor {
  /** A login on GitHub, Git's user name elsewhere. */
  readonly login: string;
  readonly people: People;
  /** Whether what they act on lies on one of these branches. */
  readonly isOn: (branches: readonly string[]) => Promise<boolean>;
}

/**
 * Why `actor` is none of `names`, which are roles and logins: a sentence for each role that is
 * missing. Undefined where they are one of them.
 */
export async function whyNoneOf(
  roles: RegistryPolicy['roles'],
  names: readonly string[],
  actor: Actor,
): Promise<readonly string[] | undefined> {
  const reasons: string[] = [];
  for (const name of names) {
    const role = own(roles, name);
    if (!role && sameLogin(name, actor.login)) return undefined;
    const reason = role && (await whyNot(name, role, actor));
    if (role && reason === undefined) return undefined;
    if (reason !== undefined) reasons.push(reason);
  }
  return reasons;
}

async function whyNot(name: string, role: Role, actor: Actor): Promise<string | undefined> {
  const who = actor.login || 'an unknown user';
  try {
    if (!(await isMember(role, actor))) return `${who} lacks the role ${name}: ${membersOf(role)}`;
  } catch (thrown) {
    // GitHub that does not answer has decided nothing; a question that may not be put is a no.
    if (!(thrown instanceof UserError) || thrown instanceof EnvironmentError) throw thrown;
    return `whether ${who} has the role ${name} cannot be told: ${thrown.message}. ${thrown.hint}`;
  }
  if (role.branches.length === 0 || (await actor.isOn(role.branches))) return undefined;
  return `${who} has the role ${name} on ${role.branches.join(', ')} alone, and the commit is not there`;
}

/** Asks nobody as long as the policy itself knows. */
async function isMember(
  { users, teams, permission }: Role,
  { login, people }: Actor,
): Promise<boolean> {
  if (login === '') return false;
  if (users.some((user) => sameLogin(user, login))) return true;
  if (permission !== undefined) {
    const has = await people.permissionOf(login);
    if (has && PERMISSIONS.indexOf(has) >= PERMISSIONS.indexOf(permission)) return true;
  }
  for (const team of teams) if (await people.isMember(team, login)) return true;
  return false;
}

function membersOf({ users, teams, permission }: Role): string {
  const members = [
    ...users,
    ...teams.map((team) => `the team ${team}`),
    ...(permission === undefined ? [] : [`whoever has the permission ${permission}`]),
  ];
  return `it is for ${members.join(', ') || 'nobody'}`;
}

/** GitHub's logins are the same in capitals. */
export function sameLogin(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Names come from tags: `constructor` is one, and no key of the policy. */
export function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
