import { elementCount } from '../../formats/nd-array.ts';
import { int, intOf, text } from '../../onnx/attributes.ts';
import { DATA_TYPE } from '../../onnx/model.ts';
import { normalizeAxis, type GradientContext } from './context.ts';
import { input } from './operands.ts';
import type { GradientRule, RuleFamily } from './rule.ts';

const ADD = { reduction: text('add') };

/** Rows that were taken several times get the sum of what arrives. */
const gather: GradientRule = (c, node, [gradient]) => {
  const [x, indices] = [input(node, 0), input(node, 1)];
  const shape = c.shape(x);
  const axis = normalizeAxis(intOf(node, 'axis', 0), shape.length);
  const taken = elementCount(c.shape(indices));
  const rest = shape.slice(axis + 1);
  if (axis === 0) {
    const places = c.reshape(int64(c, indices), [taken, 1]);
    const rows = c.reshape(gradient, [taken, ...rest]);
    return [c.op('ScatterND', [c.zeros(shape, x), places, rows], ADD)];
  }
  const dims = [...shape.slice(0, axis), taken, ...rest];
  const along = dims.map((dim, index) => (index === axis ? dim : 1));
  const places = c.expand(c.reshape(indices, along), dims);
  const rows = c.reshape(gradient, dims);
  return [c.op('ScatterElements', [c.zeros(shape, x), places, rows], { ...ADD, axis: int(axis) })];
};

const gatherElements: GradientRule = (c, node, [gradient]) => {
  const x = input(node, 0);
  const target = c.zeros(c.shape(x), x);
  const axis = int(intOf(node, 'axis', 0));
  return [c.op('ScatterElements', [target, input(node, 1), gradient], { ...ADD, axis })];
};

function int64(c: GradientContext, name: string): string {
  return c.elementType(name) === DATA_TYPE.int64
    ? name
    : c.op('Cast', [name], { to: int(DATA_TYPE.int64) });
}

export const gathering: RuleFamily = { Gather: gather, GatherElements: gatherElements };
