import { rule } from '../../rule.ts';

export default rule({
  id: 'tar/path-traversal',
  family: 'tar',
  severity: 'error',
  rationale:
    'A member whose name leads out of the folder is written there by whoever unpacks without care.',
  fails: 'a member ../../evil.py',
  passes: 'a member model/weights.bin',
  *check({ members }) {
    for (const { name } of members) {
      if (!name.split(/[\\/]/).includes('..') && !/^(?:[\\/]|[A-Za-z]:)/.test(name)) continue;
      yield { message: `the member ${name} leaves the folder it is unpacked to`, location: name };
    }
  },
});
