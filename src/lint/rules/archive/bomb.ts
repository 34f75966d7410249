import { bytes } from '../../../report/text.ts';
import { rule } from '../../rule.ts';

/** Deflate packs at most 1032 to 1; weights pack to half at best. */
const MAX_RATIO = 200;

/** Below this, unpacking hurts nobody. */
const MIN_BYTES = 256 * 1024 * 1024;

export default rule({
  id: 'archive/bomb',
  family: 'archive',
  severity: 'error',
  rationale:
    'A few kilobytes that unpack to gigabytes fill the disk or the memory of every loader.',
  fails: '16 GiB declared in an archive of 20 kB',
  passes: 'weights that pack to half their size',
  *check({ members, source }) {
    const declared = members.reduce((sum, { size }) => sum + size, 0);
    if (declared < MIN_BYTES || declared < source.size * MAX_RATIO) return;
    yield { message: `${bytes(source.size)} unpack to ${bytes(declared)}` };
  },
});
