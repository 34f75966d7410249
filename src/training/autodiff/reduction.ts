import { intOf, intsOf } from '../../onnx/attributes.ts';
import { elementCount } from '../../formats/nd-array.ts';
import type { Node } from '../../onnx/model.ts';
import { normalizeAxis, range, type GradientContext } from './context.ts';
import { input, optionalInput, output } from './operands.ts';
import type { GradientRule, RuleFamily } from './rule.ts';

interface Reduction {
  readonly c: GradientContext;
  readonly x: string;
  /** Gradient and output with the reduced axes kept as 1, so that both broadcast to x. */
  readonly gradient: string;
  readonly y: () => string;
  readonly axes: readonly number[];
}

function reduction(chain: (values: Reduction) => string): GradientRule {
  return (c, node, [gradient]) => {
    const x = input(node, 0);
    const axes = axesOf(c, node);
    const kept = c.shape(x).map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    const keepsDims = intOf(node, 'keepdims', 1) === 1;
    const withDims = (name: string) => (keepsDims ? name : c.reshape(name, kept));
    const y = () => withDims(output(node, 0));
    return [chain({ c, x, gradient: withDims(gradient), y, axes })];
  };
}

function axesOf(c: GradientContext, node: Node): readonly number[] {
  const rank = c.shape(input(node, 0)).length;
  const given = optionalInput(node, 1);
  const axes = given === undefined ? intsOf(node, 'axes') : c.integers(given);
  if (axes === undefined || axes.length === 0) {
    return intOf(node, 'noop_with_empty_axes', 0) === 1 ? [] : range(rank);
  }
  return axes.map((axis) => normalizeAxis(axis, rank));
}

const sum = reduction(({ c, x, gradient }) => c.expand(gradient, c.shape(x)));

const mean = reduction(({ c, x, gradient, axes }) => {
  const count = elementCount(axes.map((axis) => c.shape(x)[axis] ?? 1));
  return c.expand(c.scale(gradient, 1 / count, x), c.shape(x));
});

const sumSquare = reduction(({ c, x, gradient }) => c.multiply(c.scale(gradient, 2, x), x));

const l1 = reduction(({ c, x, gradient }) => c.multiply(gradient, c.op('Sign', [x])));

const l2 = reduction(({ c, x, gradient, y }) => c.multiply(c.divide(gradient, y()), x));

const logSumExp = reduction(({ c, x, gradient, y }) =>
  c.multiply(gradient, c.op('Exp', [c.subtract(x, y())])),
);

const logSum = reduction(({ c, x, gradient, y }) =>
  c.expand(c.divide(gradient, c.op('Exp', [y()])), c.shape(x)),
);

/** y = x1 ... xn: g y / x; a factor of zero has no gradient here. */
const product = reduction(({ c, x, gradient, y }) => c.divide(c.multiply(gradient, y()), x));

/** Elements that tie share the gradient, as PyTorch's amax does. */
const extreme = reduction(({ c, x, gradient, y, axes }) => {
  const taken = c.indicator(c.op('Equal', [x, y()]), x);
  const ties = c.sum(taken, axes, { keepDims: true });
  return c.multiply(c.divide(gradient, ties), taken);
});

export const reductions: RuleFamily = {
  ReduceSum: sum,
  ReduceMean: mean,
  ReduceSumSquare: sumSquare,
  ReduceL1: l1,
  ReduceL2: l2,
  ReduceLogSumExp: logSumExp,
  ReduceLogSum: logSum,
  ReduceProd: product,
  ReduceMax: extreme,
  ReduceMin: extreme,
};
