import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { OnnxRuntime } from '../../../src/inference/onnxruntime.ts';
import { int } from '../../../src/onnx/attributes.ts';
import { GraphBuilder } from '../../../src/onnx/builder.ts';
import { toBytes } from '../../../src/onnx/element-type.ts';
import { DATA_TYPE, type Model } from '../../../src/onnx/model.ts';
import { differentiate } from '../../../src/training/autodiff/differentiate.ts';
import { withSideOutputs } from '../../../src/training/autodiff/side-outputs.ts';
import type { GradientRule } from '../../../src/training/autodiff/rule.ts';
import type { KnownValues } from '../../../src/training/known-values.ts';
import { createSession, probe } from '../../../src/training/probe.ts';
import { runtimeTensor } from '../../../src/training/tensors.ts';
import { size, type GradientCase, type Operand } from './case.ts';

type FloatType = 'float64' | 'float32';

/** A case with its numerical gradients, which rules are compared with. */
export interface Measured {
  readonly test: GradientCase;
  readonly floatType: FloatType;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly known: KnownValues;
  /** By the name of the variable. */
  readonly numerical: ReadonlyMap<string, readonly number[]>;
}

/** Double precision where ONNX Runtime has the kernels, else single. */
export async function measure(runtime: OnnxRuntime, test: GradientCase): Promise<Measured> {
  try {
    return await measureIn(runtime, test, 'float64');
  } catch (thrown) {
    if (!/NOT_IMPLEMENTED|Could not find an implementation|Type Error/.test(String(thrown)))
      throw thrown;
    return measureIn(runtime, test, 'float32');
  }
}

async function measureIn(
  runtime: OnnxRuntime,
  test: GradientCase,
  floatType: FloatType,
): Promise<Measured> {
  const { builder, loss } = forward(test, floatType);
  const feeds = feedsOf(runtime, test, floatType);
  const known = await probe(runtime, modelOf(builder), feeds);
  // In double precision the gradient needs its kernels, too.
  await (await gradientSession(runtime, test, floatType, known)).release();
  builder.output(loss, undefined, undefined);
  const session = await createSession(runtime, modelOf(builder), plain);
  const numerical = new Map<string, readonly number[]>();
  for (const [name, tensor] of Object.entries(feeds)) {
    if (!name.startsWith('variable')) continue;
    numerical.set(
      name,
      await differences(runtime, session, { name, tensor, feeds, loss, floatType }),
    );
  }
  await session.release();
  return { test, floatType, feeds, known, numerical };
}

/** The largest error over all variables, relative to the largest gradient. */
export async function worstError(
  runtime: OnnxRuntime,
  measured: Measured,
  rules?: ReadonlyMap<string, GradientRule>,
): Promise<number> {
  const { test, floatType, known, feeds } = measured;
  const session = await gradientSession(runtime, test, floatType, known, rules);
  const results = await session.run(feeds);
  await session.release();
  let worst = 0;
  for (const [name, numerical] of measured.numerical) {
    const tensor = results[`gradient of ${name}`];
    if (!tensor) throw new Error(`no gradient by ${name}`);
    const analytical = Array.from(tensor.data as Float64Array, Number);
    if (tensor.dims.join() !== feeds[name]?.dims.join()) return Infinity;
    const scale = Math.max(1e-3, ...numerical.map(Math.abs));
    numerical.forEach((value, index) => {
      worst = Math.max(worst, Math.abs(value - (analytical[index] ?? NaN)) / scale);
    });
  }
  return worst;
}

const plain: InferenceSession.SessionOptions = { graphOptimizationLevel: 'disabled' };

async function gradientSession(
  runtime: OnnxRuntime,
  test: GradientCase,
  floatType: FloatType,
  known: KnownValues,
  rules?: ReadonlyMap<string, GradientRule>,
): Promise<InferenceSession> {
  const { builder, loss } = forward(test, floatType);
  const by = builder.inputs.map(({ name }) => name).filter((name) => name.startsWith('variable'));
  const gradients = differentiate({ builder, known, loss, by, ...(rules && { rules }) });
  for (const [name, gradient] of gradients) {
    builder.node('Identity', [gradient], [`gradient of ${name}`]);
    builder.output(`gradient of ${name}`, undefined, undefined);
  }
  return createSession(runtime, modelOf(builder), plain);
}

/** The operator, and as loss the sum of its outputs with random weights, in double precision. */
function forward(test: GradientCase, floatType: FloatType) {
  const builder = new GraphBuilder('g_');
  const names = test.operands.map((operand, index) =>
    addOperand(builder, operand, index, floatType),
  );
  const outputs = Array.from({ length: test.outputs }, (_, index) => `y${index}`);
  builder.node(test.opType, names, outputs, test.attributes);
  builder.nodes.splice(0, 1, ...withSideOutputs(builder.graph('')).nodes);
  const parts = outputs.map((name, index) => {
    const wide = builder.op('Cast', [name], { to: int(DATA_TYPE.double) });
    const weights = builder.op('Cos', [
      builder.op('Add', [ramp(builder, wide), builder.constant(DATA_TYPE.double, [], [index])]),
    ]);
    return builder.op('ReduceSum', [builder.op('Mul', [wide, weights])], { keepdims: int(0) });
  });
  return { builder, loss: parts.length === 1 ? (parts[0] ?? '') : builder.op('Sum', parts) };
}

/** 0, 1, 2 ... in the shape of a tensor: its cosine gives every element a weight of its own. */
function ramp(builder: GraphBuilder, name: string): string {
  const shape = builder.op('Shape', [name]);
  const count = builder.op('ReduceProd', [shape], { keepdims: int(0) });
  const zero = builder.constant(DATA_TYPE.int64, [], [0]);
  const one = builder.constant(DATA_TYPE.int64, [], [1]);
  const flat = builder.op('Range', [zero, count, one]);
  const shaped = builder.op('Reshape', [flat, shape]);
  return builder.op('Cast', [shaped], { to: int(DATA_TYPE.double) });
}

function addOperand(
  builder: GraphBuilder,
  operand: Operand,
  index: number,
  floatType: FloatType,
): string {
  const dataType = floatType === 'float64' ? DATA_TYPE.double : DATA_TYPE.float;
  switch (operand.kind) {
    case 'absent':
      return '';
    case 'variable':
      return builder.input(`variable${index}`, dataType, operand.dims);
    case 'fixed':
      return builder.initializer(
        `fixed${index}`,
        dataType,
        operand.dims,
        toBytes(dataType, operand.values),
      );
    case 'constant':
      return builder.constant(operand.dataType, operand.dims, operand.values);
  }
}

function feedsOf(runtime: OnnxRuntime, test: GradientCase, floatType: FloatType) {
  const feeds: Record<string, Tensor> = {};
  test.operands.forEach((operand, index) => {
    if (operand.kind !== 'variable') return;
    feeds[`variable${index}`] = floatTensor(runtime, floatType, operand.values, operand.dims);
  });
  return feeds;
}

function floatTensor(
  runtime: OnnxRuntime,
  floatType: FloatType,
  values: readonly number[],
  dims: readonly number[],
): Tensor {
  const array = floatType === 'float64' ? Float64Array.from(values) : Float32Array.from(values);
  return runtimeTensor(runtime, floatType, array, dims);
}

/** Central differences, two widths combined so that the cubic error cancels (Richardson). */
async function differences(
  runtime: OnnxRuntime,
  session: InferenceSession,
  task: {
    readonly name: string;
    readonly tensor: Tensor;
    readonly feeds: Readonly<Record<string, Tensor>>;
    readonly loss: string;
    readonly floatType: FloatType;
  },
): Promise<readonly number[]> {
  const { name, tensor, feeds, loss, floatType } = task;
  const width = floatType === 'float64' ? 1e-4 : 1e-2;
  const values = Array.from(tensor.data as Float64Array, Number);
  const at = async (index: number, shift: number): Promise<number> => {
    const moved = values.with(index, (values[index] ?? 0) + shift);
    const input = floatTensor(runtime, floatType, moved, tensor.dims);
    const result = await session.run({ ...feeds, [name]: input });
    return Number((result[loss]?.data as Float64Array)[0]);
  };
  const slope = async (index: number, h: number) =>
    ((await at(index, h)) - (await at(index, -h))) / (2 * h);
  const slopes: number[] = [];
  for (let index = 0; index < size(tensor.dims); index++) {
    slopes.push((4 * (await slope(index, width)) - (await slope(index, 2 * width))) / 3);
  }
  return slopes;
}

function modelOf(builder: GraphBuilder): Model {
  return {
    irVersion: 9,
    producerName: '',
    producerVersion: '',
    domain: '',
    modelVersion: 0,
    docString: '',
    opsetImports: [{ domain: '', version: 20 }],
    graph: builder.graph('test'),
    functions: [],
    metadata: new Map(),
  };
}
