import { rule } from '../../rule.ts';

export default rule({
  id: 'archive/duplicate-member',
  family: 'archive',
  severity: 'error',
  rationale:
    'Of two members with one name, one reader takes the first and another the last: the one that was checked need not be the one that is loaded.',
  fails: 'data.pkl twice in one archive',
  passes: 'every name once',
  *check({ members }) {
    const seen = new Set<string>();
    for (const { name, listed } of members) {
      if (listed && seen.has(name)) {
        yield { message: `the member ${name} appears twice`, location: name };
      }
      seen.add(name);
    }
  },
});
