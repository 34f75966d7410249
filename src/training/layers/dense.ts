import { z } from 'zod';
import { int } from '../../onnx/attributes.ts';
import { bytesOf } from '../../onnx/element-type.ts';
import { UserError } from '../../errors.ts';
import { DATA_TYPE } from '../../onnx/model.ts';
import { uniformByFanIn } from '../initialize.ts';
import type { Layer } from './layer.ts';

const units = z.int().min(1).max(1_000_000);

/** y = x W^T + b with W [units, inputs], as PyTorch's Linear keeps it. */
export const dense: Layer<number> = {
  schema: units.describe('Fully connected: how many outputs.'),
  add({ builder, name, random }, { name: x, dims }, outputs) {
    const [inputs, ...others] = dims;
    if (inputs === undefined || others.length > 0) {
      throw new UserError(`the layer ${name} was given examples of shape [${dims.join(', ')}]`, {
        hint: "It takes one row of numbers an example: put 'flatten' before it.",
      });
    }
    const start = (count: number) => bytesOf(uniformByFanIn(random, count, inputs));
    const weight = builder.initializer(
      `${name}.weight`,
      DATA_TYPE.float,
      [outputs, inputs],
      start(outputs * inputs),
    );
    const bias = builder.initializer(`${name}.bias`, DATA_TYPE.float, [outputs], start(outputs));
    return { name: builder.op('Gemm', [x, weight, bias], { transB: int(1) }), dims: [outputs] };
  },
};
