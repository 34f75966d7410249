import path from 'node:path';
import { rule } from '../../rule.ts';

export default rule({
  id: 'tar/path-traversal',
  family: 'tar',
  severity: 'error',
  rationale:
    'A member whose name leads out of the folder is written there by whoever unpacks without care; through a link that does, every later member may be.',
  fails: 'a member ../../evil.py; a link weights to /etc/passwd',
  passes: 'a member model/weights.bin',
  *check({ members }) {
    for (const { name, kind, target } of members) {
      if (leaves(name)) {
        yield { message: `the member ${name} leaves the folder it is unpacked to`, location: name };
      } else if (kind === 'link' && isOutside(path.posix.dirname(name), target)) {
        yield { message: `the member ${name} is a link to ${target}`, location: name };
      }
    }
  },
});

function leaves(name: string): boolean {
  return name.split(/[\\/]/).includes('..') || /^(?:[\\/]|[A-Za-z]:)/.test(name);
}

/** Whether a link in `folder` points out of the archive; one from folder to folder is usual. */
function isOutside(folder: string, target: string): boolean {
  return /^(?:[\\/]|[A-Za-z]:)/.test(target) || path.posix.join(folder, target).startsWith('..');
}
