import { ggmlBytes } from '../../../formats/ggml-types.ts';
import type { Gguf, GgufTensor } from '../../../formats/gguf.ts';
import { rule } from '../../rule.ts';

/** GGML_MAX_NAME, less the byte that ends a name: ggml refuses longer ones. */
const MAX_NAME_BYTES = 63;

/** ggml keeps the number of elements in an int64. */
const MAX_ELEMENTS = 1n << 63n;

export default rule({
  id: 'gguf/tensor',
  family: 'gguf',
  severity: 'error',
  rationale:
    'Each tensor must be of a known type, fit its place in the file and start where it is aligned. Sizes that wrap around 64 bits have been used to write outside of buffers in every loader of GGUF.',
  fails: 'a tensor whose offset lies beyond the end of the file',
  passes: 'tensors that stand behind one another, each at a multiple of the alignment',
  *check(gguf) {
    if (gguf.dataOffset === undefined) return;
    const names = new Set<string>();
    for (const tensor of gguf.tensors) {
      const location = `tensor '${tensor.name}'`;
      const message = problemOf(gguf, gguf.dataOffset, tensor);
      if (message !== undefined) yield { message, location };
      if (Buffer.byteLength(tensor.name) > MAX_NAME_BYTES) {
        yield { message: `its name is longer than ${MAX_NAME_BYTES} bytes`, location };
      }
      if (names.has(tensor.name)) yield { message: 'its name appears twice', location };
      names.add(tensor.name);
    }
  },
});

function problemOf(
  gguf: Gguf,
  dataOffset: number,
  { dims, type, offset }: GgufTensor,
): string | undefined {
  const count = dims.reduce((product, size) => product * size, 1n);
  if (count >= MAX_ELEMENTS || dims.some((size) => size >= MAX_ELEMENTS))
    return 'its dimensions overflow 64 bits';
  const bytes = ggmlBytes(type, dims);
  if (bytes === undefined) return `there is no tensor type ${type}`;
  if (bytes === 'uneven') return 'its rows are not made of whole blocks';
  if (offset % BigInt(gguf.alignment) !== 0n)
    return `its offset is no multiple of ${gguf.alignment}`;
  const end = BigInt(dataOffset) + offset + bytes;
  return end > BigInt(gguf.source.size)
    ? `it ends at byte ${end.toString()} of a file of ${gguf.source.size} bytes`
    : undefined;
}
