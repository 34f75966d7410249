import { rule } from '../../rule.ts';

/** General purpose bit 0, and 6 for strong encryption. */
const ENCRYPTED = 0x41;

export default rule({
  id: 'archive/encrypted-member',
  family: 'archive',
  severity: 'error',
  rationale:
    'No framework loads encrypted members. Scanners skip them, while loaders that ignore the flag read them as plain: the flag hides a payload.',
  fails: 'data.pkl with general purpose bit 0 set',
  passes: 'data.pkl with no flags',
  *check({ members }) {
    for (const { name, flags, localFlags } of members) {
      if (((flags | localFlags) & ENCRYPTED) === 0) continue;
      yield { message: `the member ${name} is marked as encrypted`, location: name };
    }
  },
});
