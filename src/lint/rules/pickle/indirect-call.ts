import { effectsOf } from '../../pickle/effects.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'pickle/indirect-call',
  family: 'pickle',
  severity: 'error',
  rationale:
    'Loading calls what an earlier call returned: the way to a function that is not named in the file.',
  fails: "getattr(module, 'system') and then a call of the result",
  passes: 'calls of classes and functions by their name',
  check: (subject) =>
    effectsOf(
      subject,
      ({ indirectCalls }) => indirectCalls,
      (offset) => ({ message: 'loading calls the result of an earlier call', offset }),
    ),
});
