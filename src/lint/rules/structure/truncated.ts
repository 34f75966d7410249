import { rule } from '../../rule.ts';
import { problemsOf } from '../../structure.ts';

export default rule({
  id: 'structure/truncated',
  family: 'structure',
  severity: 'error',
  rationale:
    'The file ends before what it announces: an interrupted copy, or bytes cut off on purpose to stop scanners after the payload.',
  fails: 'a safetensors file two bytes short',
  passes: 'the whole file',
  unread: true,
  check: (subject) => problemsOf(subject, 'truncated'),
});
