import { floatOf, intOf } from '../../onnx/attributes.ts';
import { elementCount } from '../../formats/nd-array.ts';
import { range, type GradientContext } from './context.ts';
import { input, optionalInput, output } from './operands.ts';
import type { GradientRule, InputGradients, RuleFamily } from './rule.ts';

/**
 * Y = A B over the last two axes, the others broadcast: dA = G B^T, dB = A^T G. Operands of rank
 * one are matrices of one row or column whose axis numpy drops again.
 */
const matMul: GradientRule = (c, node, [gradient]) => {
  const [a, b] = [input(node, 0), input(node, 1)];
  const left = asMatrix(c, a, 'row');
  const right = asMatrix(c, b, 'column');
  const batch = c.shape(output(node, 0)).slice(0, batchRank(c, a, b));
  const dims = [...batch, left.dims.at(-2) ?? 1, right.dims.at(-1) ?? 1];
  const full = left.widened || right.widened ? c.reshape(gradient, dims) : gradient;
  const product = { left, right, gradient: { name: full, dims } };
  return right.dims.length === 2 ? byOneMatrix(c, a, b, product) : byBatches(c, a, b, product);
};

interface Matrix {
  readonly name: string;
  readonly dims: readonly number[];
}

interface Product {
  readonly left: Matrix;
  readonly right: Matrix;
  readonly gradient: Matrix;
}

/** A linear layer: the leading axes are flattened, so that each gradient is one Gemm. */
function byOneMatrix(c: GradientContext, a: string, b: string, product: Product): InputGradients {
  const { left, right, gradient } = product;
  const rows = (matrix: Matrix) => [
    elementCount(matrix.dims.slice(0, -1)),
    matrix.dims.at(-1) ?? 1,
  ];
  const flat = (matrix: Matrix) =>
    matrix.dims.length === 2 ? matrix.name : c.reshape(matrix.name, rows(matrix));
  const g = flat(gradient);
  const shaped = (name: string, from: readonly number[], like: string) =>
    from.join() === c.shape(like).join() ? name : c.reshape(name, c.shape(like));
  const byLeft = () => c.matrixProduct(g, right.name, { transB: true });
  const byRight = () => c.matrixProduct(flat(left), g, { transA: true });
  return [
    c.needs(a) ? shaped(byLeft(), rows(left), a) : undefined,
    c.needs(b) ? shaped(byRight(), right.dims, b) : undefined,
  ];
}

function byBatches(c: GradientContext, a: string, b: string, product: Product): InputGradients {
  const { left, right, gradient } = product;
  const batch = gradient.dims.slice(0, -2);
  const shaped = (name: string, matrix: Matrix, like: string) => {
    const own = c.unbroadcast(name, [...batch, ...matrix.dims.slice(-2)], matrix.dims);
    return matrix.dims.join() === c.shape(like).join() ? own : c.reshape(own, c.shape(like));
  };
  const byLeft = () => c.op('MatMul', [gradient.name, swapLastAxes(c, right)]);
  const byRight = () => c.op('MatMul', [swapLastAxes(c, left), gradient.name]);
  return [
    c.needs(a) ? shaped(byLeft(), left, a) : undefined,
    c.needs(b) ? shaped(byRight(), right, b) : undefined,
  ];
}

function asMatrix(c: GradientContext, name: string, kind: 'row' | 'column') {
  const shape = c.shape(name);
  if (shape.length > 1) return { name, dims: shape, widened: false };
  const dims = kind === 'row' ? [1, ...shape] : [...shape, 1];
  return { name: c.reshape(name, dims), dims, widened: true };
}

function batchRank(c: GradientContext, a: string, b: string): number {
  return Math.max(0, c.shape(a).length - 2, c.shape(b).length - 2);
}

function swapLastAxes(c: GradientContext, { name, dims }: Matrix): string {
  const rank = dims.length;
  return c.transpose(name, [...range(rank - 2), rank - 1, rank - 2]);
}

/** Y = alpha A' B' + beta C, where A' and B' may be transposed. */
const gemm: GradientRule = (c, node, [gradient]) => {
  const [a, b] = [input(node, 0), input(node, 1)];
  const bias = optionalInput(node, 2);
  const transA = intOf(node, 'transA', 0) === 1;
  const transB = intOf(node, 'transB', 0) === 1;
  const alpha = floatOf(node, 'alpha', 1);
  const beta = floatOf(node, 'beta', 1);
  const byA = () =>
    transA
      ? c.matrixProduct(b, gradient, { transA: transB, transB: true, alpha })
      : c.matrixProduct(gradient, b, { transB: !transB, alpha });
  const byB = () =>
    transB
      ? c.matrixProduct(gradient, a, { transA: true, transB: transA, alpha })
      : c.matrixProduct(a, gradient, { transA: !transA, alpha });
  const byBias = (name: string) =>
    c.unbroadcast(
      beta === 1 ? gradient : c.scale(gradient, beta, name),
      c.shape(output(node, 0)),
      c.shape(name),
    );
  return [
    c.needs(a) ? byA() : undefined,
    c.needs(b) ? byB() : undefined,
    bias !== undefined && c.needs(bias) ? byBias(bias) : undefined,
  ];
};

export const matrix: RuleFamily = { MatMul: matMul, Gemm: gemm };
