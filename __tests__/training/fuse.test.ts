import { describe, expect, test } from '@jest/globals';
import { ints } from '../../src/onnx/attributes.ts';
import { GraphBuilder } from '../../src/onnx/builder.ts';
import { DATA_TYPE, type Graph } from '../../src/onnx/model.ts';
import { fuseForTraining } from '../../src/training/fuse.ts';

const float = DATA_TYPE.float;
const operators = (graph: Graph) =>
  fuseForTraining(graph).nodes.map(({ opType, inputs, outputs }) => [
    opType,
    inputs[0],
    outputs[0],
  ]);

/** x (1 + erf(x / root)) / 2, as exporters write it. */
function gelu(options: { readonly root?: number; readonly watched?: boolean; early?: boolean }) {
  const builder = new GraphBuilder();
  const scalar = (value: number) => builder.constant(float, [], [value]);
  const x = builder.input('x', float, [4]);
  const erf = builder.op('Erf', [builder.op('Div', [x, scalar(options.root ?? Math.SQRT2)])]);
  const shifted = builder.op('Add', [erf, scalar(1)]);
  if (options.early) {
    builder.node('Mul', [builder.op('Mul', [x, scalar(0.5)]), shifted], ['y']);
  } else {
    builder.node('Mul', [builder.op('Mul', [x, shifted]), scalar(0.5)], ['y']);
  }
  builder.output('y', float, [4]);
  if (options.watched) builder.output(shifted, float, [4]);
  return builder.graph('gelu');
}

describe('what is trained in a faster form', () => {
  test.each([{ early: false }, { early: true }])('Gelu in five operators: %o', (options) => {
    expect(operators(gelu(options))).toEqual([['Gelu', 'x', 'y']]);
  });

  test.each([{ root: 1.4 }, { watched: true }])('is not made of anything else: %o', (options) => {
    expect(operators(gelu(options)).map(([opType]) => opType)).not.toContain('Gelu');
  });

  test('Relu comes behind the pooling that it precedes', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', float, [1, 1, 4, 4]);
    builder.node('Relu', [x], ['open']);
    builder.node('MaxPool', ['open'], ['y'], { kernel_shape: ints([2, 2]) });
    builder.output('y', float, [1, 1, 3, 3]);
    expect(operators(builder.graph('pooled'))).toEqual([
      ['MaxPool', 'x', 'open'],
      ['Relu', 'open', 'y'],
    ]);
    builder.output('open', float, [1, 1, 4, 4]);
    expect(operators(builder.graph('seen'))[0]?.[0]).toBe('Relu');
  });
});
