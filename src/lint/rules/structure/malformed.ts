import { rule } from '../../rule.ts';
import { problemsOf } from '../../structure.ts';

export default rule({
  id: 'structure/malformed',
  family: 'structure',
  severity: 'error',
  rationale:
    'The bytes do not follow the grammar of the format. Readers differ in what they make of them, and attacks live in that difference.',
  fails: 'a header that is not JSON; a pickle with a byte that is no opcode',
  passes: "a file that its format's own writer made",
  unread: true,
  check: (subject) => problemsOf(subject, 'malformed'),
});
