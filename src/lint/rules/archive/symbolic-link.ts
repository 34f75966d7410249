import { rule } from '../../rule.ts';

/** S_IFLNK >> 12, as the Unix attributes of a zip member hold it. */
const LINK = 0xa;

export default rule({
  id: 'archive/symbolic-link',
  family: 'archive',
  severity: 'error',
  rationale: 'A link in an archive makes whoever unpacks it read or write wherever it points.',
  fails: 'a member weights that is a link to /etc/passwd',
  passes: 'a member weights that is a file',
  *check({ members }) {
    for (const { name, fileType } of members) {
      if (fileType === LINK)
        yield { message: `the member ${name} is a symbolic link`, location: name };
    }
  },
});
