import { rule } from '../../rule.ts';
import { problemsOf } from '../../structure.ts';

export default rule({
  id: 'structure/inconsistent',
  family: 'structure',
  severity: 'error',
  rationale:
    'The file contradicts itself. Each reader believes another part of it, so what was reviewed need not be what is loaded.',
  fails: 'a zip member whose local header names another file than the directory',
  passes: 'a file whose parts agree',

  check: (subject) => problemsOf(subject, 'inconsistent'),
});
