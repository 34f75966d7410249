import { ApiError, type Route } from './api.ts';

export const LEVELS = ['pull', 'triage', 'push', 'maintain', 'admin'] as const;

/** Who is who; a test may change it. */
export interface People {
  /** `organization/team` -> login -> what became of the invitation. */
  readonly teams: Readonly<Record<string, Readonly<Record<string, 'active' | 'pending'>>>>;
  /** Login -> the level on the repository. */
  readonly permissions: Readonly<Record<string, (typeof LEVELS)[number]>>;
  /** What reviewers said to the deployments of a run, in GitHub's words. */
  readonly reviews: {
    readonly run: number;
    readonly environment: string;
    readonly login: string;
    readonly state: 'approved' | 'rejected';
  }[];
}

/** Behind `/repos/owner/name/`: permissions and the reviews of a run. */
export function peopleRoutes({ permissions, reviews }: People): readonly Route[] {
  return [
    {
      method: 'GET',
      path: /^collaborators\/([^/]+)\/permission$/,
      permissions: ['metadata', 'contents'],
      answer: ({ parameters: [login = ''] }) => {
        const level = permissions[login];
        const rank = level === undefined ? -1 : LEVELS.indexOf(level);
        const may = Object.fromEntries(LEVELS.map((name, index) => [name, index <= rank]));
        // The role may be one of the organization's own, and `permission` knows no more than three.
        const permission = rank < 0 ? 'none' : rank < 2 ? 'read' : rank < 4 ? 'write' : 'admin';
        const user = { login, permissions: may };
        return { status: 200, body: { permission, role_name: 'release-manager', user } };
      },
    },
    {
      method: 'GET',
      path: /^actions\/runs\/(\d+)\/approvals$/,
      permissions: ['actions'],
      answer: ({ parameters: [id] }) => ({
        status: 200,
        body: reviews
          .filter(({ run }) => run === Number(id))
          .map(({ environment, login, state }) => ({
            state,
            comment: '',
            environments: [{ id: 1, name: environment }],
            user: { login },
          })),
      }),
    },
  ];
}

/** Behind `/orgs/`: teams and who is in them. */
export function organizationRoutes({ teams }: People): readonly Route[] {
  const found = (organization = '', team = '') => {
    const members = teams[`${organization}/${team}`];
    if (!members) throw new ApiError(404, 'Not Found');
    return members;
  };
  return [
    {
      method: 'GET',
      path: /^([^/]+)\/teams\/([^/]+)$/,
      permissions: ['members'],
      answer: ({ parameters: [organization, slug] }) => {
        found(organization, slug);
        return { status: 200, body: { slug } };
      },
    },
    {
      method: 'GET',
      path: /^([^/]+)\/teams\/([^/]+)\/memberships\/([^/]+)$/,
      permissions: ['members'],
      answer: ({ parameters: [organization, slug, login = ''] }) => {
        const state = found(organization, slug)[login];
        if (!state) throw new ApiError(404, 'Not Found');
        return { status: 200, body: { state, role: 'member' } };
      },
    },
  ];
}
