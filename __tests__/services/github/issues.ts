import { ApiError, page, type Permission, type Route } from './api.ts';

export interface Comment {
  readonly id: number;
  readonly issue: number;
  readonly user: string;
  /** What GitHub says of the user and the repository. */
  readonly association: string;
  body: string;
  /** How often its text was replaced. */
  edits: number;
}

/** A pull request is an issue too, so either permission opens its conversation. */
const PERMISSIONS: readonly Permission[] = ['issues', 'pull-requests'];
const LONGEST_BODY = 65_536;

export interface Issue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
}

/** Issues, kept in `issues`, and comments of issues and pull requests, kept in `comments`. */
export function issueRoutes(comments: Comment[], issues: Issue[]): readonly Route[] {
  const shownIssue = (issue: Issue) => ({
    ...issue,
    html_url: `https://github.com/acme/digits/issues/${issue.number}`,
  });
  return [
    {
      method: 'GET',
      path: /^issues$/,
      permissions: ['issues'],
      answer: ({ call }) => {
        const label = call.url.searchParams.get('labels') ?? '';
        const found = issues.filter(({ labels }) => labels.includes(label));
        return page(call.url, found.map(shownIssue));
      },
    },
    {
      method: 'POST',
      path: /^issues$/,
      permissions: ['issues'],
      answer: ({ body }) => {
        const issue: Issue = {
          number: issues.length + 1,
          title: String(body.title),
          body: checkedBody(body),
          labels: (body.labels ?? []) as string[],
        };
        issues.push(issue);
        return { status: 201, body: shownIssue(issue) };
      },
    },
    {
      method: 'GET',
      path: /^issues\/(\d+)\/comments$/,
      permissions: PERMISSIONS,
      answer: ({ parameters: [issue], call }) =>
        page(call.url, comments.filter((comment) => comment.issue === Number(issue)).map(shown)),
    },
    {
      method: 'POST',
      path: /^issues\/(\d+)\/comments$/,
      permissions: PERMISSIONS,
      answer: ({ parameters: [issue], body, token }) => {
        const comment: Comment = {
          id: comments.length + 1,
          issue: Number(issue),
          user: token.login,
          association: token.association ?? 'MEMBER',
          body: checkedBody(body),
          edits: 0,
        };
        comments.push(comment);
        return { status: 201, body: shown(comment) };
      },
    },
    {
      method: 'PATCH',
      path: /^issues\/comments\/(\d+)$/,
      permissions: PERMISSIONS,
      answer: ({ parameters: [id], body }) => {
        const comment = comments.find((candidate) => candidate.id === Number(id));
        if (!comment) throw new ApiError(404, 'Not Found');
        comment.body = checkedBody(body);
        comment.edits += 1;
        return { status: 200, body: shown(comment) };
      },
    },
  ];
}

function checkedBody({ body }: Readonly<Record<string, unknown>>): string {
  if (typeof body !== 'string' || body === '') {
    const field = { resource: 'IssueComment', code: 'missing_field', field: 'body' };
    throw new ApiError(422, 'Validation Failed', [field]);
  }
  if (body.length > LONGEST_BODY) {
    const message = `Body is too long (maximum is ${LONGEST_BODY} characters)`;
    const error = { resource: 'IssueComment', code: 'unprocessable', field: 'data', message };
    throw new ApiError(422, 'Validation Failed', [error]);
  }
  return body;
}

function shown({ id, user, association, body }: Comment) {
  const type = user.endsWith('[bot]') ? 'Bot' : 'User';
  return { id, body, user: { login: user, type }, author_association: association };
}
