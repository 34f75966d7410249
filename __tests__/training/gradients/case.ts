import type { Attributes } from '../../../src/onnx/attributes.ts';
import { DATA_TYPE } from '../../../src/onnx/model.ts';
import { Random } from '../../../src/training/random.ts';

/** One operator with inputs of given shapes, whose gradients are compared with differences. */
export interface GradientCase {
  readonly name: string;
  readonly opType: string;
  readonly operands: readonly Operand[];
  readonly attributes: Attributes;
  /** How many outputs the node has. */
  readonly outputs: number;
}

export type Operand =
  /** Differentiated by; of the float type under test. */
  | {
      readonly kind: 'variable';
      readonly dims: readonly number[];
      readonly values: readonly number[];
    }
  /** Of the float type under test, but not differentiated by. */
  | { readonly kind: 'fixed'; readonly dims: readonly number[]; readonly values: readonly number[] }
  | {
      readonly kind: 'constant';
      readonly dataType: number;
      readonly dims: readonly number[];
      readonly values: readonly number[];
    }
  | { readonly kind: 'absent' };

const random = Random.of(1, 'gradient cases');

/** Values between `low` and `high`. */
export function uniform(dims: readonly number[], low = -1, high = 1): Operand {
  const values = Array.from({ length: size(dims) }, () => low + (high - low) * random.uniform());
  return { kind: 'variable', dims, values };
}

/** Values that differ by at least `step`, in random order: no ties for maxima. */
export function distinct(dims: readonly number[], step = 0.07): Operand {
  const count = size(dims);
  const order = random.permutation(count);
  const values = Array.from(order, (rank) => (rank - count / 2 + 0.5) * step);
  return { kind: 'variable', dims, values };
}

/** Values between `low` and `high`, none within `margin` of the points where a slope jumps. */
export function awayFrom(
  points: readonly number[],
  dims: readonly number[],
  { low = -1, high = 1, margin = 0.1 } = {},
): Operand {
  const draw = (): number => {
    const value = low + (high - low) * random.uniform();
    return points.some((point) => Math.abs(value - point) < margin) ? draw() : value;
  };
  return { kind: 'variable', dims, values: Array.from({ length: size(dims) }, draw) };
}

export function fixed(operand: Operand): Operand {
  return operand.kind === 'variable' ? { ...operand, kind: 'fixed' } : operand;
}

export function scalar(value: number): Operand {
  return { kind: 'fixed', dims: [], values: [value] };
}

export function integers(
  values: readonly number[],
  dims: readonly number[] = [values.length],
): Operand {
  return { kind: 'constant', dataType: DATA_TYPE.int64, dims, values };
}

/** In single precision whatever is under test: scales. */
export function floats(values: readonly number[]): Operand {
  return { kind: 'constant', dataType: DATA_TYPE.float, dims: [values.length], values };
}

export function booleans(values: readonly number[], dims: readonly number[]): Operand {
  return { kind: 'constant', dataType: DATA_TYPE.bool, dims, values };
}

export const absent: Operand = { kind: 'absent' };

export function gradientCase(
  name: string,
  operands: readonly Operand[],
  attributes: Attributes = {},
  outputs = 1,
): GradientCase {
  return { name, opType: name.split(' ')[0] ?? name, operands, attributes, outputs };
}

export function size(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}
