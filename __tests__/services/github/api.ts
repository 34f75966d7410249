import type { Call, Reply } from '../http.ts';

export type Permission =
  | 'contents'
  | 'pull-requests'
  | 'issues'
  | 'checks'
  | 'attestations'
  | 'actions'
  | 'metadata'
  | 'members';

/** A token and what its workflow's `permissions:` gave it. */
export interface Token {
  readonly login: string;
  /** To the repository, as comments tell it; MEMBER by default. */
  readonly association?: string;
  readonly permissions: Readonly<Partial<Record<Permission, 'read' | 'write'>>>;
}

export interface ApiRequest {
  readonly call: Call;
  readonly token: Token;
  /** What the groups of the route's pattern matched. */
  readonly parameters: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Of the path behind `/repos/owner/name/`, or behind `/orgs/`. */
  readonly path: RegExp;
  /** The body is bytes: whoever answers reads it. */
  readonly rawBody?: true;
  /** Any one of them is enough. */
  readonly permissions: readonly Permission[];
  /** A list is cut into pages by whoever calls this. */
  answer(request: ApiRequest): Promise<Reply> | Reply;
}

/** An answer that GitHub gives as `{ message, errors? }`. */
export class ApiError extends Error {
  readonly status: number;
  readonly errors: readonly unknown[];

  constructor(status: number, message: string, errors: readonly unknown[] = []) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

/** True where the token may call a route; reading is allowed by either level. */
export function permits(token: Token, { method, permissions }: Route): boolean {
  return permissions.some((name) => {
    const level = token.permissions[name];
    return level === 'write' || (level === 'read' && method === 'GET');
  });
}

const DEFAULT_PAGE = 30;
const LARGEST_PAGE = 100;

/** One page of a list, and the `link` header that octokit follows. */
export function page(url: URL, all: readonly unknown[]): Reply {
  const asked = Number(url.searchParams.get('per_page') ?? DEFAULT_PAGE);
  const size = Math.min(asked, LARGEST_PAGE);
  const number = Number(url.searchParams.get('page') ?? 1);
  const last = Math.max(1, Math.ceil(all.length / size));
  const link = (target: number, relation: string) => {
    const to = new URL(url);
    to.searchParams.set('page', String(target));
    return `<${to.href}>; rel="${relation}"`;
  };
  const links = [
    ...(number > 1 ? [link(number - 1, 'prev'), link(1, 'first')] : []),
    ...(number < last ? [link(number + 1, 'next'), link(last, 'last')] : []),
  ];
  return {
    status: 200,
    body: all.slice((number - 1) * size, number * size),
    ...(links.length > 0 && { headers: { link: links.join(', ') } }),
  };
}
