import { rule } from '../../rule.ts';

export default rule({
  id: 'archive/hidden-member',
  family: 'archive',
  severity: 'error',
  rationale:
    'A member that the central directory does not list is invisible to most tools and read by those that scan forwards, as for two archives behind one another.',
  fails: 'a second archive before the first one',
  passes: 'an archive whose directory lists every member',
  *check({ members }) {
    for (const { name, listed, headerOffset } of members) {
      if (listed) continue;
      yield {
        message: `the member ${name} is not listed in the central directory`,
        location: `byte ${headerOffset}`,
      };
    }
  },
});
