import { rule } from '../../rule.ts';

export default rule({
  id: 'numpy/object-array',
  family: 'numpy',
  severity: 'warning',
  rationale:
    'An array of Python objects is a pickle: it loads only with allow_pickle=True, which runs what the pickle says.',
  fails: 'dtype=object',
  passes: 'dtype=float32; text as fixed-width strings',
  *check({ holdsObjects }) {
    if (holdsObjects) yield { message: 'its values are a pickle of Python objects' };
  },
});
