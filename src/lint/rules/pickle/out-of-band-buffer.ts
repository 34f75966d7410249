import { rule } from '../../rule.ts';

export default rule({
  id: 'pickle/out-of-band-buffer',
  family: 'pickle',
  severity: 'warning',
  rationale:
    'The data of this object travel outside the file (protocol 5). Alone, the pickle cannot be loaded: it raises where the buffer is missing, after whatever ran before.',
  fails: 'NEXT_BUFFER in a file',
  passes: 'arrays whose bytes stand in the pickle',
  *check({ streams }) {
    for (const { effects } of streams) {
      const [offset] = effects.outOfBand;
      if (offset === undefined) continue;
      yield { message: 'the pickle needs a buffer that is not in it', location: `byte ${offset}` };
    }
  },
});
