import { z } from 'zod';
import { DATA_TYPE } from '../../onnx/model.ts';
import type { Layer } from './layer.ts';

/** Sets this share of the numbers to zero while training, and does nothing afterwards. */
export const dropout: Layer<number> = {
  schema: z.number().min(0).lt(1).describe('The share that is dropped.'),
  add: ({ builder }, { name, dims }, share) => ({
    name: builder.op('Dropout', [name, builder.constant(DATA_TYPE.float, [], [share])]),
    dims,
  }),
};
