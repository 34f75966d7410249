import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { elementCount } from '../../formats/nd-array.ts';
import { int } from '../../onnx/attributes.ts';
import type { Layer } from './layer.ts';

/** Each example becomes one row. */
export const flatten: Layer<null> = {
  schema: z.null(),
  add: ({ builder }, { name, dims }) => ({
    name: builder.op('Flatten', [name], { axis: int(1) }),
    dims: [elementCount(dims)],
  }),
};

/** The same elements in another shape, such as [1, 28, 28] for a picture of one channel. */
export const reshape: Layer<readonly number[]> = {
  schema: z.array(z.int().min(1)).min(1).describe('The shape of one example.'),
  add({ builder, name }, input, dims) {
    if (elementCount(input.dims) !== elementCount(dims)) {
      throw new UserError(
        `the layer ${name} makes [${dims.join(', ')}] of examples of shape [${input.dims.join(', ')}]`,
        { hint: 'Both shapes must have the same number of elements.' },
      );
    }
    // 0 keeps the batch dimension.
    return { name: builder.op('Reshape', [input.name, builder.integers([0, ...dims])]), dims };
  },
};
