import fc from 'fast-check';
import { ints } from '../../../src/onnx/attributes.ts';
import { gradientCase, uniform, type GradientCase } from './case.ts';

/** Convolutions of any window that gives an output, of channels enough for shifted products. */
export function anyConvolutions(count: number): readonly GradientCase[] {
  return fc.sample(convolution, { seed: 11, numRuns: count });
}

const CHANNELS = 16;

const convolution = fc.integer({ min: 1, max: 2 }).chain((axes) => {
  const each = (min: number, max: number) =>
    fc.array(fc.integer({ min, max }), { minLength: axes, maxLength: axes });
  return fc
    .record({
      batch: fc.integer({ min: 1, max: 2 }),
      input: each(1, 5),
      kernel: each(1, 3),
      strides: each(1, 3),
      dilations: each(1, 2),
      before: each(0, 3),
      after: each(0, 3),
    })
    .filter(hasOutput)
    .map((window): GradientCase => {
      const { batch, input, kernel, strides, dilations, before, after } = window;
      return gradientCase(
        `Conv ${JSON.stringify(window)}`,
        [uniform([batch, CHANNELS, ...input]), uniform([2, CHANNELS, ...kernel])],
        { strides: ints(strides), dilations: ints(dilations), pads: ints([...before, ...after]) },
      );
    });
});

function hasOutput(window: {
  readonly input: readonly number[];
  readonly kernel: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
}): boolean {
  const at = (of: 'kernel' | 'dilations' | 'before' | 'after', axis: number) =>
    window[of][axis] ?? 0;
  return window.input.every((size, axis) => {
    const reach = (at('kernel', axis) - 1) * at('dilations', axis) + 1;
    return size + at('before', axis) + at('after', axis) >= reach;
  });
}
