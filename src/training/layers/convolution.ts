import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { int, ints } from '../../onnx/attributes.ts';
import { bytesOf } from '../../onnx/element-type.ts';
import { DATA_TYPE } from '../../onnx/model.ts';
import { uniformByFanIn } from '../initialize.ts';
import type { Flow, Layer } from './layer.ts';

const size = z.int().min(1).max(1000);

const convSchema = z.strictObject({
  filters: z.int().min(1).max(100_000).describe('How many channels come out.'),
  kernel: size,
  stride: size.default(1),
  padding: z.int().min(0).max(1000).default(0).describe('Zeros on each side.'),
  groups: z.int().min(1).default(1),
  bias: z.boolean().default(true),
});

/** A square kernel over pictures [channels, height, width], as PyTorch's Conv2d. */
export const conv: Layer<z.infer<typeof convSchema>> = {
  schema: convSchema,
  add({ builder, name, random }, input, settings) {
    const { filters, kernel, stride, padding, groups } = settings;
    const [channels, height, width] = picture(name, input);
    if (channels % groups !== 0 || filters % groups !== 0) {
      throw new UserError(`the layer ${name} divides ${channels} channels into ${groups} groups`, {
        hint: 'Channels and filters must be multiples of the groups.',
      });
    }
    const dims = [filters, channels / groups, kernel, kernel];
    const fanIn = (channels / groups) * kernel * kernel;
    const start = (count: number) => bytesOf(uniformByFanIn(random, count, fanIn));
    const float = DATA_TYPE.float;
    const weight = builder.initializer(`${name}.weight`, float, dims, start(filters * fanIn));
    const bias = settings.bias
      ? [builder.initializer(`${name}.bias`, float, [filters], start(filters))]
      : [];
    const output = builder.op('Conv', [input.name, weight, ...bias], {
      kernel_shape: ints([kernel, kernel]),
      strides: ints([stride, stride]),
      pads: ints([padding, padding, padding, padding]),
      group: int(groups),
    });
    const after = (length: number) => windows(name, length + 2 * padding, kernel, stride);
    return { name: output, dims: [filters, after(height), after(width)] };
  },
};

const poolSchema = z.union([
  size.transform((kernel) => ({ kernel, stride: kernel, padding: 0 })),
  z
    .strictObject({ kernel: size, stride: size.optional(), padding: z.int().min(0).default(0) })
    .transform(({ kernel, stride = kernel, padding }) => ({ kernel, stride, padding })),
]);

function pool(
  opType: 'MaxPool' | 'AveragePool',
  attributes = {},
): Layer<z.infer<typeof poolSchema>> {
  return {
    schema: poolSchema,
    add({ builder, name }, input, { kernel, stride, padding }) {
      const [channels, height, width] = picture(name, input);
      const output = builder.op(opType, [input.name], {
        kernel_shape: ints([kernel, kernel]),
        strides: ints([stride, stride]),
        pads: ints([padding, padding, padding, padding]),
        ...attributes,
      });
      const after = (length: number) => windows(name, length + 2 * padding, kernel, stride);
      return { name: output, dims: [channels, after(height), after(width)] };
    },
  };
}

export const maxPool = pool('MaxPool');

/** PyTorch counts padded zeros, and so does this. */
export const averagePool = pool('AveragePool', { count_include_pad: int(1) });

/** The mean of each channel: [channels, height, width] becomes [channels]. */
export const globalAveragePool: Layer<null> = {
  schema: z.null(),
  add({ builder, name }, input) {
    const [channels] = picture(name, input);
    const pooled = builder.op('GlobalAveragePool', [input.name]);
    return { name: builder.op('Flatten', [pooled], { axis: int(1) }), dims: [channels] };
  },
};

function picture(name: string, { dims }: Flow): readonly [number, number, number] {
  const [channels, height, width, ...others] = dims;
  if (channels === undefined || height === undefined || width === undefined || others.length > 0) {
    throw new UserError(`the layer ${name} was given examples of shape [${dims.join(', ')}]`, {
      hint: "It takes [channels, height, width]: put 'reshape: [1, 28, 28]' or the like before it.",
    });
  }
  return [channels, height, width];
}

function windows(name: string, length: number, kernel: number, stride: number): number {
  if (kernel <= length) return Math.floor((length - kernel) / stride) + 1;
  throw new UserError(`the kernel of ${name} is ${kernel} wide, and the picture ${length}`, {
    hint: 'Use a smaller kernel, more padding, or less pooling before it.',
  });
}
