import { GraphBuilder } from '../../src/onnx/builder.ts';
import { graph as graphAttribute } from '../../src/onnx/attributes.ts';
import { DATA_TYPE, type Graph, type Model } from '../../src/onnx/model.ts';
import { encodeModel } from '../../src/onnx/write.ts';

const OPSET = 17;

export function bytesOf(graph: Graph): Uint8Array {
  const model: Model = {
    irVersion: 8,
    producerName: 'model-ci tests',
    producerVersion: '',
    domain: '',
    modelVersion: 0,
    docString: '',
    opsetImports: [{ domain: '', version: OPSET }],
    graph,
    functions: [],
    metadata: new Map(),
  };
  return encodeModel(model);
}

const float32 = (values: readonly number[]) => new Uint8Array(Float32Array.from(values).buffer);

export interface LinearOptions {
  readonly input?: string;
  /** The batch; any by default. */
  readonly batch?: number;
  readonly softmax?: boolean;
  /** The input's element type; float32 by default. */
  readonly type?: number;
  /** The input's axes behind the batch; [2] by default. */
  readonly point?: readonly number[];
  readonly output?: string;
}

/** scores = x · weights, for points in the plane; `weights` has a column for each class. */
export function linear(
  weights: readonly (readonly number[])[],
  {
    input = 'x',
    batch,
    softmax = false,
    type = DATA_TYPE.float,
    point = [2],
    output = 'scores',
  }: LinearOptions = {},
): Uint8Array {
  const builder = new GraphBuilder();
  const classes = weights[0]?.length ?? 0;
  builder.input(input, type, [batch ?? 'n', ...point]);
  builder.initializer('w', DATA_TYPE.float, [2, classes], float32(weights.flat()));
  const toFloat = { to: { type: 'int', value: BigInt(DATA_TYPE.float) } } as const;
  const cast = type === DATA_TYPE.float ? input : builder.op('Cast', [input], toFloat);
  const flat = point.length === 1 ? cast : builder.op('Reshape', [cast, builder.integers([-1, 2])]);
  builder.node('MatMul', [flat, 'w'], [softmax ? 'raw' : output]);
  if (softmax) builder.node('Softmax', ['raw'], [output]);
  builder.output(output, DATA_TYPE.float, [batch ?? 'n', classes]);
  return bytesOf(builder.graph('linear'));
}

/** Gives 0 / 0 for every class. */
export function notANumber(): Uint8Array {
  const builder = new GraphBuilder();
  builder.input('x', DATA_TYPE.float, ['n', 2]);
  const zero = builder.op('Sub', ['x', 'x']);
  builder.node('Div', [zero, zero], ['scores']);
  builder.output('scores', DATA_TYPE.float, ['n', 2]);
  return bytesOf(builder.graph('nan'));
}

/** Gives class 7 for every example. */
export function alwaysSeven(): Uint8Array {
  const builder = new GraphBuilder();
  builder.input('x', DATA_TYPE.float, ['n', 2]);
  const zero = builder.op('Sub', ['x', 'x']);
  const columns = builder.op('ReduceSum', [zero, builder.integers([1])]);
  const sevens = builder.op('Add', [columns, builder.constant(DATA_TYPE.float, [1], [7])]);
  const flat = builder.op('Reshape', [sevens, builder.integers([-1])]);
  builder.node('Cast', [flat], ['label'], { to: { type: 'int', value: 7n } });
  builder.output('label', DATA_TYPE.int64, ['n']);
  return bytesOf(builder.graph('sevens'));
}

/** A loop of 2^60 rounds: nothing that ends today. */
export function endless(): Uint8Array {
  const body = new GraphBuilder('body_');
  body.input('round', DATA_TYPE.int64, []);
  body.input('goes_on', DATA_TYPE.bool, []);
  body.input('before', DATA_TYPE.float, ['n', 2]);
  body.node('Identity', ['goes_on'], ['still']);
  body.node('Add', ['before', 'before'], ['after']);
  body.output('still', DATA_TYPE.bool, []);
  body.output('after', DATA_TYPE.float, ['n', 2]);
  const builder = new GraphBuilder();
  builder.input('x', DATA_TYPE.float, ['n', 2]);
  const rounds = builder.constant(DATA_TYPE.int64, [], [2 ** 60]);
  const always = builder.constant(DATA_TYPE.bool, [], [1]);
  builder.node('Loop', [rounds, always, 'x'], ['scores'], {
    body: graphAttribute(body.graph('body')),
  });
  builder.output('scores', DATA_TYPE.float, ['n', 2]);
  return bytesOf(builder.graph('endless'));
}

/** Asks for a tensor of 2^45 bytes. */
export function greedy(): Uint8Array {
  const builder = new GraphBuilder();
  builder.input('x', DATA_TYPE.float, ['n', 2]);
  const huge = builder.op('ConstantOfShape', [builder.integers([2 ** 21, 2 ** 22])]);
  const sum = builder.op('ReduceSum', [huge]);
  builder.node('Add', ['x', sum], ['scores']);
  builder.output('scores', DATA_TYPE.float, ['n', 2]);
  return bytesOf(builder.graph('greedy'));
}
