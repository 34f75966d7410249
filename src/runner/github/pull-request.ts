import type { PullRequest } from '../ports.ts';
import { isForbidden, restOf, type Access } from './access.ts';

/** GitHub refuses a longer comment. Whoever writes the text fits it; this is the last guard. */
const COMMENT_LIMIT = 65_536;

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
        const mine = all.find((comment) => comment.body?.startsWith(tag));
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
