import { tfliteBytes } from '../../../formats/tflite.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'tflite/tensor-size',
  family: 'tflite',
  severity: 'error',
  rationale:
    'The interpreter maps the buffer and trusts the shape: a buffer that is too short is read beyond.',
  fails: 'shape [10, 10] of float32 with 4 bytes',
  passes: 'shape [10, 10] of float32 with 400 bytes',
  *check({ tensors }) {
    for (const tensor of tensors) {
      const needed = tfliteBytes(tensor);
      if (tensor.bytes === undefined || needed === undefined || needed === tensor.bytes) continue;
      yield {
        message: `its shape [${tensor.shape.join(', ')}] needs ${needed} bytes and its buffer has ${tensor.bytes}`,
        location: `tensor '${tensor.name}'`,
      };
    }
  },
});
