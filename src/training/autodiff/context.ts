import { float, int, ints, tensor, text, type Attributes } from '../../onnx/attributes.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import { elementCount } from '../../formats/nd-array.ts';
import { toBytes } from '../../onnx/element-type.ts';
import { DATA_TYPE } from '../../onnx/model.ts';
import type { KnownValues } from '../known-values.ts';

/** A tensor that repeats another, and whether the graph holds it already. */
interface Repeat {
  readonly name: string;
  readonly dims: readonly number[];
  made: boolean;
}

/** What a gradient rule works with: the shapes of the forward graph and ways to add nodes. */
export class GradientContext {
  private readonly builder: GraphBuilder;
  private readonly known: KnownValues;
  private readonly wanted: ReadonlySet<string>;
  private readonly repeats = new Map<string, Repeat>();

  constructor(builder: GraphBuilder, known: KnownValues, wanted: ReadonlySet<string>) {
    this.builder = builder;
    this.known = known;
    this.wanted = wanted;
  }

  /** Does anybody ask for the gradient by this tensor? An input left out ('') is never needed. */
  needs(name: string | undefined): boolean {
    return name !== undefined && this.wanted.has(name);
  }

  shape(name: string): readonly number[] {
    return this.known.type(name).dims;
  }

  elementType(name: string): number {
    return this.known.type(name).elementType;
  }

  /** The values of an integer tensor that does not depend on the data: axes, shapes, pads. */
  integers(name: string): readonly number[] {
    return this.known.integers(name);
  }

  /** The values of a small tensor of any type that does not depend on the data: scales. */
  numbers(name: string): readonly number[] {
    return this.known.numbers(name);
  }

  op(opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.builder.op(
      opType,
      inputs.map((name) => this.whole(name)),
      attributes,
    );
  }

  add(a: string, b: string): string {
    return this.op('Add', [a, b]);
  }

  /** The sum of two tensors of one shape. */
  addEqual(a: string, b: string): string {
    const [whole, other] = this.repeats.has(b) ? [a, b] : [b, a];
    return this.builder.op('Add', [this.whole(whole), this.narrow(other)]);
  }

  subtract(a: string, b: string): string {
    return this.op('Sub', [a, b]);
  }

  /** A product, with broadcasting. */
  multiply(a: string, b: string): string {
    const dims = this.repeats.get(a)?.dims;
    const covered = dims && this.known.has(b) && sameShape(this.shape(b), dims);
    return this.op('Mul', [covered ? this.narrow(a) : a, b]);
  }

  /** `factor` times a tensor, of the element type of `like`. */
  scale(name: string, factor: number, like: string): string {
    const scaled = this.multiply(this.narrow(name), this.scalar(factor, like));
    const repeat = this.repeats.get(name);
    return repeat ? this.expand(scaled, repeat.dims) : scaled;
  }

  divide(a: string, b: string): string {
    return this.op('Div', [a, b]);
  }

  negate(a: string): string {
    return this.op('Neg', [a]);
  }

  /** `value` as a scalar of the element type of `like`, a tensor of the forward graph. */
  scalar(value: number, like: string): string {
    return this.builder.constant(this.elementType(like), [], [value]);
  }

  /** A constant tensor of the element type of `like`. */
  constant(dims: readonly number[], values: readonly number[], like: string): string {
    return this.builder.constant(this.elementType(like), dims, values);
  }

  /** A vector of float32, whatever is trained: scales. */
  floats(values: readonly number[]): string {
    return this.builder.constant(DATA_TYPE.float, [values.length], values);
  }

  vector(values: readonly number[]): string {
    return this.builder.integers(values);
  }

  zeros(dims: readonly number[], like: string): string {
    const dataType = this.elementType(like);
    const bytes = toBytes(dataType, [0]);
    return this.op('ConstantOfShape', [this.vector(dims)], {
      value: tensor({ name: '', dataType, dims: [1], data: { kind: 'bytes', bytes } }),
    });
  }

  /** Conditions become factors: 1 where `condition` holds, else 0, in the type of `like`. */
  indicator(condition: string, like: string): string {
    return this.op('Cast', [condition], { to: int(this.elementType(like)) });
  }

  reshape(name: string, dims: readonly number[]): string {
    return this.op('Reshape', [name, this.vector(dims)]);
  }

  transpose(name: string, permutation: readonly number[]): string {
    return this.op('Transpose', [name], { perm: ints(permutation) });
  }

  /** A tensor repeated to `dims`: a node only where something does not broadcast by itself. */
  expand(name: string, dims: readonly number[]): string {
    const expanded = this.builder.unique('Expand');
    this.repeats.set(expanded, { name, dims, made: false });
    return expanded;
  }

  /** A tensor with all of its elements: what later nodes outside of the rules may take. */
  whole(name: string): string {
    const repeat = this.repeats.get(name);
    if (repeat?.made === false) {
      repeat.made = true;
      this.builder.node('Expand', [this.whole(repeat.name), this.vector(repeat.dims)], [name]);
    }
    return name;
  }

  /** What a tensor repeats, or itself. */
  private narrow(name: string): string {
    const repeat = this.repeats.get(name);
    return this.whole(repeat?.name ?? name);
  }

  sum(name: string, axes: readonly number[], options: { readonly keepDims: boolean }): string {
    return this.op('ReduceSum', [name, this.vector(axes)], { keepdims: int(+options.keepDims) });
  }

  slice(
    name: string,
    starts: readonly number[],
    ends: readonly number[],
    axes: readonly number[],
    steps: readonly number[] = axes.map(() => 1),
  ): string {
    return this.op('Slice', [name, ...[starts, ends, axes, steps].map((v) => this.vector(v))]);
  }

  /** Zeros around a tensor; `before` and `after` have one entry an axis. */
  pad(name: string, before: readonly number[], after: readonly number[]): string {
    if ([...before, ...after].every((count) => count === 0)) return name;
    return this.op('Pad', [name, this.vector([...before, ...after])], { mode: text('constant') });
  }

  /** alpha * op(a) * op(b), two matrices, each transposed on demand. */
  matrixProduct(
    a: string,
    b: string,
    options: { readonly transA?: boolean; readonly transB?: boolean; readonly alpha?: number } = {},
  ): string {
    return this.op('Gemm', [a, b], {
      transA: int(+(options.transA ?? false)),
      transB: int(+(options.transB ?? false)),
      alpha: float(options.alpha ?? 1),
    });
  }

  /**
   * Undoes broadcasting: sums a gradient of shape `from` over the axes along which a tensor of
   * shape `to` was repeated (numpy's rules, onnx/docs/Broadcasting.md).
   */
  unbroadcast(gradient: string, from: readonly number[], to: readonly number[]): string {
    if (sameShape(from, to)) return gradient;
    const added = from.length - to.length;
    const repeated = from.flatMap((dim, axis) =>
      axis < added || (to[axis - added] === 1 && dim !== 1) ? [axis] : [],
    );
    if (repeated.length === 0) return this.reshape(gradient, to);
    const summed = this.sum(gradient, repeated, { keepDims: false });
    const left = from.filter((_, axis) => !repeated.includes(axis));
    return sameShape(left, to) ? summed : this.reshape(summed, to);
  }

  /** Elements of a tensor of the forward graph. */
  size(name: string): number {
    return elementCount(this.shape(name));
  }

  /** Is this a floating-point tensor, so that a gradient by it means something? */
  isFloat(name: string): boolean {
    return FLOATS.has(this.elementType(name));
  }
}

/** Beyond the end of any axis, for slices; before its beginning where it is negative. */
export const BEYOND = 2 ** 31;

const FLOATS: ReadonlySet<number> = new Set([
  DATA_TYPE.float,
  DATA_TYPE.double,
  DATA_TYPE.float16,
  DATA_TYPE.bfloat16,
]);

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** An axis counted from the front, whichever way it was written. */
export function normalizeAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** 0, 1, ... count - 1. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
