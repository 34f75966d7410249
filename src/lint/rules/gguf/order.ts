import { ggmlBytes } from '../../../formats/ggml-types.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'gguf/order',
  family: 'gguf',
  severity: 'warning',
  rationale:
    'ggml reads tensors only where each starts right behind the one that the header lists before it. A gap belongs to no tensor, and llama.cpp refuses the file.',
  fails: 'a second tensor at offset 96 behind a first one of 32 bytes',
  passes: 'a second tensor at offset 32 behind a first one of 32 bytes',
  *check({ tensors, alignment }) {
    const step = BigInt(alignment);
    let expected = 0n;
    for (const { name, offset, type, dims } of tensors) {
      const bytes = ggmlBytes(type, dims);
      if (typeof bytes !== 'bigint') return;
      if (offset !== expected) {
        const message = `it starts at ${offset.toString()} and not at ${expected.toString()}`;
        yield { message, location: `tensor '${name}'` };
        return;
      }
      expected += ((bytes + step - 1n) / step) * step;
    }
  },
});
