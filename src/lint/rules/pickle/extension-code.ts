import { effectsOf } from '../../pickle/effects.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'pickle/extension-code',
  family: 'pickle',
  severity: 'error',
  rationale:
    'EXT opcodes name a callable by a number of the copyreg registry of the process that loads: it does not stand in the file.',
  fails: 'EXT1 with code 1',
  passes: 'a global by its name',
  check: (subject) =>
    effectsOf(
      subject,
      ({ extensions }) => extensions,
      ({ code, offset }) => ({
        message: `loading takes whatever copyreg has under code ${code}`,
        offset,
      }),
    ),
});
