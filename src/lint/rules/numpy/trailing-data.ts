import { rule } from '../../rule.ts';

export default rule({
  id: 'numpy/trailing-data',
  family: 'numpy',
  severity: 'warning',
  rationale:
    'Bytes behind the values are read by nobody, or by somebody who knows that they are there.',
  fails: 'a zip archive behind the values of an array',
  passes: 'an array that ends with its values',
  *check({ dataOffset, dataBytes, source }) {
    if (dataOffset === undefined || dataBytes === undefined) return;
    const left = BigInt(source.size - dataOffset) - dataBytes;
    if (left > 0n) yield { message: `${left.toString()} bytes follow the values` };
  },
});
