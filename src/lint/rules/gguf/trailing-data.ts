import { ggmlBytes } from '../../../formats/ggml-types.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'gguf/trailing-data',
  family: 'gguf',
  severity: 'warning',
  rationale: 'Bytes behind the last tensor belong to none: a second file may hide in them.',
  fails: 'a zip archive behind the last tensor',
  passes: 'padding up to the alignment',
  *check({ tensors, dataOffset, alignment, source }) {
    if (dataOffset === undefined) return;
    let end = BigInt(dataOffset);
    for (const { type, dims, offset } of tensors) {
      const bytes = ggmlBytes(type, dims);
      if (typeof bytes !== 'bigint') return;
      const last = BigInt(dataOffset) + offset + bytes;
      if (last > end) end = last;
    }
    const left = BigInt(source.size) - end;
    if (left >= BigInt(alignment)) {
      yield {
        message: `${left.toString()} bytes follow the last tensor`,
        location: `byte ${end.toString()}`,
      };
    }
  },
});
