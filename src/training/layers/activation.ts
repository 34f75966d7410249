import { z } from 'zod';
import type { Attributes } from '../../onnx/attributes.ts';
import { int } from '../../onnx/attributes.ts';
import type { Layer } from './layer.ts';

function activation(opType: string, attributes: Attributes = {}): Layer<null> {
  return {
    schema: z.null(),
    add: ({ builder }, { name, dims }) => ({ name: builder.op(opType, [name], attributes), dims }),
  };
}

export const relu = activation('Relu');
export const sigmoid = activation('Sigmoid');
export const tanh = activation('Tanh');
export const gelu = activation('Gelu');
export const softmax = activation('Softmax', { axis: int(-1) });
