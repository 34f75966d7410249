import { elementCount } from '../../formats/nd-array.ts';
import { BEYOND, type GradientContext } from './context.ts';
import { placesOf, spatialAxes, type Window } from './window.ts';

/** The input [channels, batch, ...] of a convolution, and its output's gradient [filters, batch, ...]. */
interface Operands {
  readonly x: string;
  readonly gradient: string;
  readonly window: Window;
}

/** Two tensors with the elements of [channels, ...] and [filters, ...], alike behind that. */
export interface Pair {
  readonly seen: string;
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
  return placesOf(window.kernel).map((place) => {
    const views = place.map((at, axis) => viewOf(window, axis, at, input[axis] ?? 1));
    if (views.some((view, axis) => isBlind(view, output[axis] ?? 1))) return undefined;
    const phases = views.map(({ phase }) => phase);
    const lengths = views.map(({ length }) => length);
    const others = views.slice(0, -1);
    const last = others.length;
    const by = -(views[last]?.shift ?? 0);
    return {
      seen: once(`seen ${phases.join()} ${by}`, () => {
        const thinned = once(`thin ${phases.join()}`, () => thin(c, x, phases, window));
        return move(c, thinned, lengths, { axis: last, by, size: output[last] ?? 1 });
      }),
      gradient: once(`gradient ${others.map((view) => [view.shift, view.length]).join()}`, () => {
        const dims = [...output];
        return others.reduce((name, view, axis) => {
          const moved = move(c, name, dims, { axis, by: view.shift, size: view.length });
          dims[axis] = view.length;
          return moved;
        }, gradient);
      }),
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

/** Do all outputs along the axis meet padding? */
function isBlind({ shift, length }: View, outputs: number): boolean {
  return Math.max(0, shift) >= Math.min(length, shift + outputs);
}

function thin(c: GradientContext, x: string, phases: readonly number[], window: Window): string {
  if (window.strides.every((stride) => stride === 1)) return x;
  const ends = phases.map(() => BEYOND);
  return c.slice(x, phases, ends, spatialAxes(window), window.strides);
}

/**
 * A tensor that ends in `dims` with each element moved `by` places along an axis that becomes `size`
 * long, and zeros where none goes. What lies behind the axis moves as one row, in several times less
 * than what Pad needs for an axis between others; the result is a matrix of such rows.
 */
function move(
  c: GradientContext,
  name: string,
  dims: readonly number[],
  { axis, by, size }: { readonly axis: number; readonly by: number; readonly size: number },
): string {
  const length = dims[axis] ?? 1;
  if (by === 0 && size === length) return name;
  const behind = elementCount(dims.slice(axis + 1));
  const rows = c.reshape(name, [-1, length * behind]);
  return c.pad(rows, [0, by * behind], [0, (size - length - by) * behind]);
}
