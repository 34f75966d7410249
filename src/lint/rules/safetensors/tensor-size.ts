import { DTYPE_BITS } from '../../../formats/safetensors.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'safetensors/tensor-size',
  family: 'safetensors',
  severity: 'error',
  rationale:
    'The bytes of a tensor must be what its shape and dtype say: a reader that trusts the shape reads beyond them.',
  fails: 'F64 [2, 2] at [0, 16]',
  passes: 'F64 [2, 2] at [0, 32]',
  *check({ entries }) {
    for (const { name, dtype, shape, begin, end } of entries) {
      const bits = DTYPE_BITS.get(dtype);
      if (bits === undefined) continue;
      const needed = shape.reduce((product, size) => product * BigInt(size), BigInt(bits));
      if (needed === BigInt(end - begin) * 8n) continue;
      yield {
        message: `${dtype} [${shape.join(', ')}] needs ${(Number(needed) / 8).toLocaleString('en')} bytes and has ${end - begin}`,
        location: `tensor '${name}'`,
      };
    }
  },
});
