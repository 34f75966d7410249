import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { float, int } from '../../onnx/attributes.ts';
import { bytesOf } from '../../onnx/element-type.ts';
import { DATA_TYPE } from '../../onnx/model.ts';
import type { Layer, LayerContext } from './layer.ts';

/** PyTorch's default of every normalisation. */
const EPSILON = 1e-5;

/** Over the last axis, as PyTorch's LayerNorm. */
export const layerNorm: Layer<null> = {
  schema: z.null(),
  add(context, { name: x, dims }) {
    const size = dims.at(-1);
    if (size === undefined) throw shapeless(context.name);
    const parameters = [filled(context, 'weight', size, 1), filled(context, 'bias', size, 0)];
    const output = context.builder.op('LayerNormalization', [x, ...parameters], {
      axis: int(-1),
      epsilon: float(EPSILON),
    });
    return { name: output, dims };
  },
};

const batchNormSchema = z.union([
  z.null().transform(() => ({ momentum: 0.1 })),
  z.strictObject({ momentum: z.number().gt(0).max(1).default(0.1) }),
]);

/**
 * Over the batch and all axes but the channels, as PyTorch's BatchNorm: the batch's own mean and
 * variance while training, their running means afterwards.
 */
export const batchNorm: Layer<z.infer<typeof batchNormSchema>> = {
  schema: batchNormSchema,
  add(context, { name: x, dims }, { momentum }) {
    const [channels] = dims;
    if (channels === undefined) throw shapeless(context.name);
    const parameters = [
      filled(context, 'weight', channels, 1),
      filled(context, 'bias', channels, 0),
      filled(context, 'running-mean', channels, 0),
      filled(context, 'running-variance', channels, 1),
    ];
    const output = context.builder.op('BatchNormalization', [x, ...parameters], {
      epsilon: float(EPSILON),
      // ONNX weighs the old value, PyTorch the new one.
      momentum: float(1 - momentum),
    });
    return { name: output, dims };
  },
};

function filled(
  { builder, name }: LayerContext,
  part: string,
  size: number,
  value: number,
): string {
  const bytes = bytesOf(new Float32Array(size).fill(value));
  return builder.initializer(`${name}.${part}`, DATA_TYPE.float, [size], bytes);
}

function shapeless(name: string): UserError {
  return new UserError(`the layer ${name} was given single numbers`, {
    hint: 'It normalises vectors or pictures.',
  });
}
