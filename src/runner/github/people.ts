import { EnvironmentError, messageOf, UserError } from '../../errors.ts';
import type { People, Permission } from '../ports.ts';
import { isForbidden, restOf, statusOf, type Access } from './access.ts';

export interface PeopleOptions {
  readonly access: Access;
  /** A token that may read teams: the workflow's own never may. */
  readonly membersToken: string;
  /** The id of the workflow run. */
  readonly run: string;
}

const MEMBERS =
  "Check that there is such a team, and give members-token the token of an app or a person that has the organization permission 'Members: read': the workflow's own token never has it.";
const METADATA = "Give github-token a token with the repository permission 'Metadata: read'.";
const ACTIONS = "Give the job the permission 'actions: read'.";

/** Teams, permissions and reviews through the REST API. */
export function githubPeople({ access, membersToken, run }: PeopleOptions): People {
  const members = { ...access, token: membersToken || access.token };
  return {
    isMember: (team, login) =>
      answered(members, `whether ${login} is in the team ${team}`, MEMBERS, () =>
        isMember(members, team, login),
      ),
    permissionOf: (login) =>
      answered(access, `what ${login} may do with the repository`, METADATA, () =>
        permissionOf(access, login),
      ),
    approversOf: (environment) =>
      answered(access, `who approved ${environment}`, ACTIONS, () =>
        approversOf(access, run, environment),
      ),
  };
}

async function isMember(access: Access, team: string, username: string): Promise<boolean> {
  const { rest } = await restOf(access);
  const [org = '', team_slug = ''] = team.split('/');
  try {
    const { data } = await rest.teams.getMembershipForUserInOrg({ org, team_slug, username });
    return data.state === 'active';
  } catch (thrown) {
    if (statusOf(thrown) !== 404) throw thrown;
    // 404 is also what a token gets that may not see the team; then this throws.
    await rest.teams.getByName({ org, team_slug });
    return false;
  }
}

async function permissionOf(access: Access, username: string): Promise<Permission | undefined> {
  const { rest, where } = await restOf(access);
  const { data } = await rest.repos.getCollaboratorPermissionLevel({ ...where, username });
  // `permission` knows three levels, and the role may be one that the organization made up.
  const { admin, maintain, push, triage, pull } = data.user?.permissions ?? {};
  if (admin) return 'admin';
  if (maintain) return 'maintain';
  if (push) return 'write';
  if (triage) return 'triage';
  return pull ? 'read' : undefined;
}

async function approversOf(
  access: Access,
  run: string,
  environment: string,
): Promise<readonly string[]> {
  const { rest, where } = await restOf(access);
  const { data } = await rest.actions.getReviewsForRun({ ...where, run_id: Number(run) });
  const approved = data.filter(
    ({ state, environments }) =>
      state === 'approved' && environments.some(({ name }) => name === environment),
  );
  return [...new Set(approved.map(({ user }) => user.login))];
}

/** A token that may not ask is the user's to mend; whatever else happens is GitHub's. */
async function answered<T>(
  { token }: Access,
  question: string,
  need: string,
  ask: () => Promise<T>,
): Promise<T> {
  if (!token) throw new UserError(`there is no token to ask ${question}`, { hint: need });
  try {
    return await ask();
  } catch (thrown) {
    const may = !isForbidden(thrown) && statusOf(thrown) !== 401;
    // Too many requests are a 403 as well.
    if (may || /rate limit/i.test(messageOf(thrown))) {
      throw new EnvironmentError(`GitHub did not tell ${question}: ${messageOf(thrown)}`, {
        hint: 'Run the job again.',
        cause: thrown,
      });
    }
    throw new UserError(`the token may not ask ${question}: ${messageOf(thrown)}`, {
      hint: need,
      cause: thrown,
    });
  }
}
