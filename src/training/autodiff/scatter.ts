import { UserError } from '../../errors.ts';
import { int, intOf, text, textOf } from '../../onnx/attributes.ts';
import type { Node } from '../../onnx/model.ts';
import { input } from './operands.ts';
import type { GradientRule, RuleFamily } from './rule.ts';

/** Where values were put, the gradient is theirs; where they were added, it is everybody's. */
const scatterElements: GradientRule = (c, node, [gradient]) => {
  const [indices, updates] = [input(node, 1), input(node, 2)];
  const axis = int(intOf(node, 'axis', 0));
  const emptied = () =>
    c.op('ScatterElements', [gradient, indices, c.zeros(c.shape(updates), updates)], { axis });
  return [
    adds(node) ? gradient : emptied(),
    undefined,
    c.needs(updates) ? c.op('GatherElements', [gradient, indices], { axis }) : undefined,
  ];
};

const scatterND: GradientRule = (c, node, [gradient]) => {
  const [indices, updates] = [input(node, 1), input(node, 2)];
  const emptied = () => c.op('ScatterND', [gradient, indices, c.zeros(c.shape(updates), updates)]);
  return [
    adds(node) ? gradient : emptied(),
    undefined,
    c.needs(updates) ? c.op('GatherND', [gradient, indices]) : undefined,
  ];
};

function adds(node: Node): boolean {
  const reduction = textOf(node, 'reduction', 'none');
  if (reduction === 'none' || reduction === 'add') return reduction === 'add';
  throw new UserError(`${node.opType} '${node.name}' takes the ${reduction} of values`, {
    hint: 'It can be trained through only where it adds or replaces them.',
  });
}

/** Elements that were taken several times get the sum of what arrives. */
const gatherND: GradientRule = (c, node, [gradient]) => {
  const [x, indices] = [input(node, 0), input(node, 1)];
  if (intOf(node, 'batch_dims', 0) !== 0) {
    throw new UserError(`GatherND '${node.name}' has batch_dims`, {
      hint: 'It can be trained through only without them.',
    });
  }
  const target = c.zeros(c.shape(x), x);
  return [c.op('ScatterND', [target, indices, gradient], { reduction: text('add') })];
};

/** The largest or smallest elements: like MaxPool, each gradient goes to where its value was. */
const topK: GradientRule = (c, node, [gradient]) => {
  const x = input(node, 0);
  const axis = int(intOf(node, 'axis', -1));
  const places = node.outputs[1] ?? '';
  return [c.op('ScatterElements', [c.zeros(c.shape(x), x), places, gradient], { axis })];
};

export const scattering: RuleFamily = {
  GatherND: gatherND,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  TopK: topK,
};
