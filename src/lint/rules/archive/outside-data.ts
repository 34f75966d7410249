import { bytes } from '../../../report/text.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'archive/outside-data',
  family: 'archive',
  severity: 'warning',
  rationale:
    'A zip archive is read from its end, other formats from their start: a file with other bytes before or behind the archive is two files, and who checks one may load the other.',
  fails: 'a pickle with a zip archive behind it',
  passes: 'an archive that begins with its first member and ends with its end record',
  *check({ start, end, source, appended }) {
    if (start > 0 && !appended) yield { message: `${bytes(start)} stand before the archive` };
    if (end < source.size) {
      yield { message: `${bytes(source.size - end)} follow the archive`, location: `byte ${end}` };
    }
  },
});
