import { ggmlBytes } from '../../../formats/ggml-types.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'gguf/overlap',
  family: 'gguf',
  severity: 'error',
  rationale:
    'Tensors that share bytes are a mistake of the writer, or a way to change one by another.',
  fails: 'two tensors at offset 0',
  passes: 'two tensors behind one another',
  *check({ tensors }) {
    const sorted = tensors.toSorted((a, b) =>
      a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0,
    );
    let end = 0n;
    for (const { name, offset, type, dims } of sorted) {
      const bytes = ggmlBytes(type, dims);
      if (typeof bytes !== 'bigint' || bytes === 0n) continue;
      if (offset < end)
        yield { message: 'it overlaps another tensor', location: `tensor '${name}'` };
      end = offset + bytes;
    }
  },
});
