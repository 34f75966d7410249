import { typeBits } from '../../tflite/tensor-types.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'tflite/tensor-size',
  family: 'tflite',
  severity: 'error',
  rationale:
    'A runtime takes the size of a constant from its shape and its bytes from a buffer. Where the buffer is shorter, it reads whatever follows in memory.',
  fails: 'a float32 tensor of shape [2, 3] with a buffer of 8 bytes',
  passes: 'a float32 tensor of shape [2, 3] with a buffer of 24 bytes',
  *check({ subgraphs, buffers }) {
    for (const subgraph of subgraphs) {
      for (const tensor of subgraph?.tensors ?? []) {
        if (!tensor) continue;
        const location = tensor.path;
        if (tensor.shape.some((size) => size < 0)) {
          yield { message: `the shape [${tensor.shape.join(', ')}] is negative`, location };
          continue;
        }
        const stored = buffers[tensor.buffer]?.length ?? 0;
        const bits = typeBits(tensor.type);
        // Without data it is computed; strings and sparse tensors have a layout of their own.
        if (stored === 0 || bits === undefined || tensor.isSparse) continue;
        const needed = Math.ceil((tensor.shape.reduce((a, b) => a * b, 1) * bits) / 8);
        if (stored === needed) continue;
        yield {
          message: `${tensor.name} needs ${needed} bytes and its buffer has ${stored}`,
          location,
        };
      }
    }
  },
});
