import { DTYPE_BITS } from '../../../formats/safetensors.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'safetensors/dtype',
  family: 'safetensors',
  severity: 'error',
  rationale: 'A dtype that the format does not have: every reader refuses the file.',
  fails: '"dtype": "FLOAT"',
  passes: '"dtype": "F32"',
  *check({ entries }) {
    for (const { name, dtype } of entries) {
      if (DTYPE_BITS.has(dtype)) continue;
      yield { message: `there is no dtype '${dtype}'`, location: `tensor '${name}'` };
    }
  },
});
