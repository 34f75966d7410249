import { bytes } from '../../../report/text.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'pickle/trailing-data',
  family: 'pickle',
  severity: 'warning',
  rationale:
    'Loaders stop at the first STOP, others read on: bytes behind it are either lost data or a second program.',
  fails: 'a pickle with 1 kB of other bytes behind it',
  passes: 'a pickle that ends with its STOP',
  *check({ trailing }) {
    if (!trailing) return;
    yield {
      message: `${bytes(trailing.length)} follow the last pickle`,
      location: `byte ${trailing.offset}`,
    };
  },
});
