import { ApiError, page, type Permission, type Route } from './api.ts';

export interface Comment {
  readonly id: number;
  readonly issue: number;
  readonly user: string;
  body: string;
  /** How often its text was replaced. */
  edits: number;
}

/** A pull request is an issue too, so either permission opens its conversation. */
const PERMISSIONS: readonly Permission[] = ['issues', 'pull-requests'];
const LONGEST_BODY = 65_536;

/** Comments of issues and pull requests, kept in `comments`. */
export function issueRoutes(comments: Comment[]): readonly Route[] {
  return [
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

function shown({ id, user, body }: Comment) {
  return { id, body, user: { login: user, type: user.endsWith('[bot]') ? 'Bot' : 'User' } };
}
