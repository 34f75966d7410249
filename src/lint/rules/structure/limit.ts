import { rule } from '../../rule.ts';
import { problemsOf } from '../../structure.ts';

export default rule({
  id: 'structure/limit',
  family: 'structure',
  severity: 'error',
  rationale:
    'A limit that protects this reader was reached, so the rest of the file was not read: archives within archives, gigabytes out of kilobytes.',
  fails: 'a gzip stream that unpacks to 10 GB of zeros',
  passes: 'a file within the limits of docs/lint.md',
  unread: true,
  check: (subject) => problemsOf(subject, 'limit'),
});
