import { effectsOf } from '../../pickle/effects.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'pickle/state-injection',
  family: 'pickle',
  severity: 'error',
  rationale:
    'Loading changes a module or class of the running program, or sets a special method on an object: what Python calls next by itself is then chosen by the file.',
  fails: 'items set in os.environ; __setstate__ set to os.system',
  passes: 'attributes set on the objects that the pickle makes',
  *check(subject) {
    yield* effectsOf(
      subject,
      ({ mutations }) => mutations,
      ({ target, offset }) => ({ message: `loading changes ${target} itself`, offset }),
    );
    yield* effectsOf(
      subject,
      ({ injected }) => injected,
      ({ key, offset }) => ({ message: `loading sets the special method ${key}`, offset }),
    );
  },
});
