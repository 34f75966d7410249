import { rule } from '../../rule.ts';

export default rule({
  id: 'numpy/array-size',
  family: 'numpy',
  severity: 'error',
  rationale:
    'The values must be as many bytes as shape and type say. A header that claims terabytes makes the loader allocate them.',
  fails: 'shape (1000, 1000) of float32 with 24 bytes',
  passes: 'shape (2, 3) of float32 with 24 bytes',
  *check({ dataOffset, dataBytes, source }) {
    if (dataOffset === undefined || dataBytes === undefined) return;
    const left = BigInt(source.size - dataOffset);
    if (dataBytes <= left) return;
    yield {
      message: `its header claims ${dataBytes.toString()} bytes and ${left.toString()} are there`,
    };
  },
});
