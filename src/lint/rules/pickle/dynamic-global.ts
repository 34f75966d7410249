import { effectsOf } from '../../pickle/effects.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'pickle/dynamic-global',
  family: 'pickle',
  severity: 'error',
  rationale:
    'The name of what is imported is computed while loading, so nobody can tell beforehand what it is. No framework writes such pickles.',
  fails: 'STACK_GLOBAL on strings that operator.add made',
  passes: 'STACK_GLOBAL on two strings that stand in the file',
  check: (subject) =>
    effectsOf(
      subject,
      ({ dynamicGlobals }) => dynamicGlobals,
      (offset) => ({ message: 'the name of a global is computed while loading', offset }),
    ),
});
