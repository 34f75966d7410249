import { intOf } from '../../onnx/attributes.ts';
import type { Node } from '../../onnx/model.ts';
import { normalizeAxis, type GradientContext } from './context.ts';
import { output } from './operands.ts';
import type { GradientRule, RuleFamily } from './rule.ts';

/** y (g - sum(g y)). */
const softmax: GradientRule = (c, node, [gradient]) => {
  const y = output(node, 0);
  const mean = c.sum(c.multiply(gradient, y), [axisOf(c, node)], { keepDims: true });
  return [c.multiply(y, c.subtract(gradient, mean))];
};

/** g - exp(y) sum(g). */
const logSoftmax: GradientRule = (c, node, [gradient]) => {
  const total = c.sum(gradient, [axisOf(c, node)], { keepDims: true });
  return [c.subtract(gradient, c.multiply(c.op('Exp', [output(node, 0)]), total))];
};

function axisOf(c: GradientContext, node: Node): number {
  return normalizeAxis(intOf(node, 'axis', -1), c.shape(output(node, 0)).length);
}

export const softmaxRules: RuleFamily = { Softmax: softmax, LogSoftmax: logSoftmax };
