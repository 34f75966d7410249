import type { PullRequest } from '../ports.ts';
import { loadClient } from './client.ts';
import { isForbidden } from './forbidden.ts';

/** GitHub refuses a longer comment. Whoever writes the text fits it; this is the last guard. */
const COMMENT_LIMIT = 65_536;

/** Comments through the REST API. */
export function githubPullRequest(
  number: number,
  access: { readonly token: string; readonly repository: string },
): PullRequest {
  const [owner = '', repo = ''] = access.repository.split('/');
  return {
    number,
    async comment(marker, markdown) {
      if (!access.token) return 'forbidden';
      const { getOctokit } = await loadClient('rest');
      const { rest, paginate } = getOctokit(access.token);
      const tag = `<!-- ${marker} -->`;
      const body = `${tag}\n${markdown}`.slice(0, COMMENT_LIMIT);
      try {
        const all = await paginate(rest.issues.listComments, {
          owner,
          repo,
          issue_number: number,
          per_page: 100,
        });
        const mine = all.find((comment) => comment.body?.startsWith(tag));
        if (mine) {
          await rest.issues.updateComment({ owner, repo, comment_id: mine.id, body });
          return 'updated';
        }
        await rest.issues.createComment({ owner, repo, issue_number: number, body });
        return 'created';
      } catch (thrown) {
        if (isForbidden(thrown)) return 'forbidden';
        throw thrown;
      }
    },
  };
}
