import type { Node } from '../../onnx/model.ts';
import type { GradientContext } from './context.ts';
import { input, output } from './operands.ts';
import type { GradientRule, RuleFamily } from './rule.ts';

/** Sums of the two or more inputs, with broadcasting. */
const sum: GradientRule = (c, node, [gradient]) =>
  node.inputs.map((name) => toShapeOf(c, node, gradient, name));

const sub: GradientRule = (c, node, [gradient]) => [
  toShapeOf(c, node, gradient, input(node, 0)),
  // Negated once it is as small as what was subtracted.
  c.needs(node.inputs[1]) ? c.negate(toShapeOf(c, node, gradient, input(node, 1))) : undefined,
];

const mul: GradientRule = (c, node, [gradient]) => {
  const [a, b] = [input(node, 0), input(node, 1)];
  if (a === b) return [c.multiply(c.scale(gradient, 2, a), a)];
  return [
    c.needs(a) ? toShapeOf(c, node, c.multiply(gradient, b), a) : undefined,
    c.needs(b) ? toShapeOf(c, node, c.multiply(gradient, a), b) : undefined,
  ];
};

/** y = a / b: da = g / b, db = -(g / b) y. */
const div: GradientRule = (c, node, [gradient]) => {
  const [a, b] = [input(node, 0), input(node, 1)];
  const share = c.divide(gradient, b);
  return [
    c.needs(a) ? toShapeOf(c, node, share, a) : undefined,
    c.needs(b) ? toShapeOf(c, node, c.negate(c.multiply(share, output(node, 0))), b) : undefined,
  ];
};

/** y = x^p: dx = g p x^(p-1), dp = g y log x. */
const pow: GradientRule = (c, node, [gradient]) => {
  const [x, p] = [input(node, 0), input(node, 1)];
  const lowered = c.op('Pow', [x, c.subtract(p, c.scalar(1, p))]);
  const byExponent = () => c.multiply(gradient, c.multiply(output(node, 0), c.op('Log', [x])));
  return [
    c.needs(x) ? toShapeOf(c, node, c.multiply(gradient, c.multiply(p, lowered)), x) : undefined,
    c.needs(p) ? toShapeOf(c, node, byExponent(), p) : undefined,
  ];
};

/** The gradient goes to whichever input was taken; to the first where several are equal. */
function extreme(beats: 'GreaterOrEqual' | 'LessOrEqual'): GradientRule {
  return (c, node, [gradient]) => {
    const y = output(node, 0);
    let open = gradient;
    return node.inputs.map((name) => {
      const taken = c.op(beats, [name, y]);
      const zero = c.scalar(0, y);
      const share = c.op('Where', [taken, open, zero]);
      open = c.op('Where', [taken, zero, open]);
      return toShapeOf(c, node, share, name);
    });
  };
}

const where: GradientRule = (c, node, [gradient]) => {
  const [condition, a, b] = [input(node, 0), input(node, 1), input(node, 2)];
  const zero = c.scalar(0, output(node, 0));
  return [
    undefined,
    c.needs(a) ? toShapeOf(c, node, c.op('Where', [condition, gradient, zero]), a) : undefined,
    c.needs(b) ? toShapeOf(c, node, c.op('Where', [condition, zero, gradient]), b) : undefined,
  ];
};

/** y = (x1 + ... + xn) / n. */
const mean: GradientRule = (c, node, [gradient]) => {
  const share = c.scale(gradient, 1 / node.inputs.length, output(node, 0));
  return node.inputs.map((name) => toShapeOf(c, node, share, name));
};

function toShapeOf(c: GradientContext, node: Node, gradient: string, name: string): string {
  return c.unbroadcast(gradient, c.shape(output(node, 0)), c.shape(name));
}

export const arithmetic: RuleFamily = {
  Add: sum,
  Sum: sum,
  Mean: mean,
  Sub: sub,
  Mul: mul,
  Div: div,
  Pow: pow,
  Max: extreme('GreaterOrEqual'),
  Min: extreme('LessOrEqual'),
  Where: where,
};
