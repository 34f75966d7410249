import { rule } from '../../rule.ts';

export default rule({
  id: 'archive/path-traversal',
  family: 'archive',
  severity: 'error',
  rationale:
    'A member called ../../.bashrc or /etc/cron.d/x is written outside the folder by everything that unpacks without care (zip slip).',
  fails: 'a member ../../evil.py',
  passes: 'a member archive/data/0',
  *check({ members }) {
    for (const { name } of members) {
      const parts = name.split(/[\\/]/);
      if (!parts.includes('..') && !/^(?:[\\/]|[A-Za-z]:)/.test(name)) continue;
      yield { message: `the member ${name} leaves the folder it is unpacked to`, location: name };
    }
  },
});
