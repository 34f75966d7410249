import type { GradientContext } from './context.ts';
import { placesOf, spatialAxes, withBatchAndChannels, type Window } from './window.ts';

/** The input [channels, batch, ...] of a convolution, and its output's gradient [filters, batch, ...]. */
interface Operands {
  readonly x: string;
  readonly gradient: string;
  readonly window: Window;
}

/** Two tensors whose axes behind the first are alike. */
export interface Pair {
  /** [channels, batch, ...] */
  readonly seen: string;
  /** [filters, batch, ...] */
  readonly gradient: string;
}

/**
 * For each place of the kernel, in row-major order, the elements of the input that it sees and the
 * elements of the gradient that they go into; undefined for a place that sees nothing but padding.
 * The input is shifted along the last axis and the gradient along the others, so that a kernel of
 * 3 x 3 takes four copies, where cutting the input for each place takes nine.
 * @param input the shape of x behind batch and channels
 * @param output that of the gradient
 */
export function shiftedPairs(
  c: GradientContext,
  { x, gradient, window }: Operands,
  input: readonly number[],
  output: readonly number[],
): readonly (Pair | undefined)[] {
  const made = new Map<string, string>();
  const once = (key: string, make: () => string): string => {
    const name = made.get(key) ?? make();
    made.set(key, name);
    return name;
  };
  const last = output.length - 1;
  return placesOf(window.kernel).map((place) => {
    const views = place.map((at, axis) => viewOf(window, axis, at, input[axis] ?? 1));
    const blind = views.some(({ shift, length }, axis) => {
      return shift >= length || shift + (output[axis] ?? 1) <= 0;
    });
    if (blind) return undefined;
    const phases = views.map(({ phase }) => phase);
    const thinned = once(`x ${phases.join()}`, () => thin(c, x, phases, window));
    const shifts = views.map(({ shift }, axis) => (axis === last ? -shift : shift));
    // How much longer each is made than it was.
    const growth = views.map(({ length }, axis) =>
      axis === last ? (output[axis] ?? 1) - length : length - (output[axis] ?? 1),
    );
    const moved = (name: string, along: (axis: number) => boolean) => {
      const before = shifts.map((shift, axis) => (along(axis) ? shift : 0));
      const after = growth.map((more, axis) => (along(axis) ? more - (shifts[axis] ?? 0) : 0));
      return once(`${name} ${before.join()} ${after.join()}`, () =>
        c.pad(name, withBatchAndChannels(before), withBatchAndChannels(after)),
      );
    };
    return {
      seen: moved(thinned, (axis) => axis === last),
      gradient: moved(gradient, (axis) => axis !== last),
    };
  });
}

/**
 * What a place of the kernel sees along an axis: of every `stride` elements the one at `phase`,
 * `length` in all; output i meets the one with the number i + shift, or padding.
 */
interface View {
  readonly phase: number;
  readonly shift: number;
  readonly length: number;
}

function viewOf(window: Window, axis: number, place: number, size: number): View {
  const stride = window.strides[axis] ?? 1;
  const offset = place * (window.dilations[axis] ?? 1) - (window.padsBefore[axis] ?? 0);
  const shift = Math.floor(offset / stride);
  const phase = offset - shift * stride;
  return { phase, shift, length: Math.ceil((size - phase) / stride) };
}

function thin(c: GradientContext, x: string, phases: readonly number[], window: Window): string {
  if (window.strides.every((stride) => stride === 1)) return x;
  const ends = phases.map(() => 2 ** 31);
  return c.slice(x, phases, ends, spatialAxes(window), window.strides);
}
