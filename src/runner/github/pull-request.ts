import type { PullRequest } from '../ports.ts';
import { isForbidden, restOf, type Access } from './access.ts';

/** GitHub refuses a longer comment. Whoever writes the text fits it; this is the last guard. */
const COMMENT_LIMIT = 65_536;

/** People who may write here anyway. */
const TRUSTED = ['OWNER', 'MEMBER', 'COLLABORATOR'];

interface Authored {
  readonly user: { readonly type?: string } | null;
  readonly author_association?: string;
}

/** Anybody may write a comment that begins like ours, and edit later what was put into it. */
function isTrusted({ user, author_association: association = 'NONE' }: Authored): boolean {
  return user?.type === 'Bot' || TRUSTED.includes(association);
}

/** Comments through the REST API. */
export function githubPullRequest(number: number, access: Access): PullRequest {
  return {
    number,
    async comment(marker, markdown) {
      if (!access.token) return 'forbidden';
      const { rest, paginate, where } = await restOf(access);
      const tag = `<!-- ${marker} -->`;
      const body = `${tag}\n${markdown}`.slice(0, COMMENT_LIMIT);
      try {
        const all = await paginate(rest.issues.listComments, {
          ...where,
          issue_number: number,
          per_page: 100,
        });
        const mine = all.find((comment) => comment.body?.startsWith(tag) && isTrusted(comment));
        if (mine) {
          await rest.issues.updateComment({ ...where, comment_id: mine.id, body });
          return 'updated';
        }
        await rest.issues.createComment({ ...where, issue_number: number, body });
        return 'created';
      } catch (thrown) {
        if (isForbidden(thrown)) return 'forbidden';
        throw thrown;
      }
    },
  };
}
