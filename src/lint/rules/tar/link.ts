import { rule } from '../../rule.ts';

export default rule({
  id: 'tar/link',
  family: 'tar',
  severity: 'warning',
  rationale: 'A link in an archive makes whoever unpacks it read or write wherever it points.',
  fails: 'a member weights that is a link to /etc/passwd',
  passes: 'a member weights that is a file',
  *check({ members }) {
    for (const { name, kind } of members) {
      if (kind === 'link') yield { message: `the member ${name} is a link`, location: name };
    }
  },
});
