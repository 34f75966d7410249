import type { Issues } from '../ports.ts';
import { refusal, restOf, type Access } from './access.ts';

/** Finds our own issues among the others. */
const LABEL = 'model-ci';

/** Issues through the REST API. */
export function githubIssues(access: Access): Issues {
  return {
    async report(marker, title, markdown) {
      const { rest, paginate, where } = await restOf(access);
      const tag = `<!-- ${marker} -->`;
      const body = `${tag}\n${markdown}`;
      try {
        const open = await paginate(rest.issues.listForRepo, {
          ...where,
          state: 'open',
          labels: LABEL,
          per_page: 100,
        });
        const known = open.find((issue) => issue.body?.startsWith(tag));
        if (known) {
          const issue_number = known.number;
          await rest.issues.createComment({ ...where, issue_number, body: markdown });
          return { url: known.html_url, status: 'present' };
        }
        const { data } = await rest.issues.create({ ...where, title, body, labels: [LABEL] });
        return { url: data.html_url, status: 'created' };
      } catch (thrown) {
        throw refusal('the issue was not opened', 'issues: write', thrown);
      }
    },
  };
}
