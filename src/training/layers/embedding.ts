import { z } from 'zod';
import { bytesOf } from '../../onnx/element-type.ts';
import { DATA_TYPE } from '../../onnx/model.ts';
import { int } from '../../onnx/attributes.ts';
import { standardNormal } from '../initialize.ts';
import type { Layer } from './layer.ts';

const schema = z.strictObject({
  entries: z.int().min(1).max(10_000_000).describe('How many different indices there are.'),
  size: z.int().min(1).max(100_000).describe('Numbers an entry.'),
});

/** A row of a table for each index, as PyTorch's Embedding. */
export const embedding: Layer<z.infer<typeof schema>> = {
  schema,
  add({ builder, name, random }, { name: x, dims }, { entries, size }) {
    const table = builder.initializer(
      `${name}.weight`,
      DATA_TYPE.float,
      [entries, size],
      bytesOf(standardNormal(random, entries * size)),
    );
    const indices = builder.op('Cast', [x], { to: int(DATA_TYPE.int64) });
    return { name: builder.op('Gather', [table, indices]), dims: [...dims, size] };
  },
};
