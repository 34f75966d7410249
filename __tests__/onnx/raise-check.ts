/**
 * Runs in a process of its own: for each old operator, runs the model as it was written and as it
 * was raised, and prints the largest difference.
 */
import { openRuntime } from '../../src/inference/onnxruntime.ts';
import { float, int, ints, tensor, text, type Attributes } from '../../src/onnx/attributes.ts';
import { GraphBuilder } from '../../src/onnx/builder.ts';
import { toBytes } from '../../src/onnx/element-type.ts';
import { DATA_TYPE, type Model } from '../../src/onnx/model.ts';
import { raiseModel } from '../../src/onnx/raise.ts';
import { encodeModel } from '../../src/onnx/write.ts';

const runtime = openRuntime(process.argv[2] ?? '');
const values = Float32Array.from({ length: 48 }, (_, index) => Math.sin(1.7 * index));

interface OldNode {
  readonly name: string;
  readonly opset: number;
  readonly opType: string;
  readonly attributes: Attributes;
  readonly outputs?: number;
  /** Further inputs, float constants. */
  readonly constants?: readonly (readonly number[])[];
}

const old: readonly OldNode[] = [
  { name: 'Softmax at 1', opset: 11, opType: 'Softmax', attributes: {} },
  { name: 'Softmax at 2', opset: 9, opType: 'Softmax', attributes: { axis: int(2) } },
  { name: 'LogSoftmax', opset: 12, opType: 'LogSoftmax', attributes: { axis: int(1) } },
  { name: 'ReduceMean', opset: 13, opType: 'ReduceMean', attributes: { axes: ints([1, -1]) } },
  {
    name: 'ReduceSum',
    opset: 11,
    opType: 'ReduceSum',
    attributes: { axes: ints([0]), keepdims: int(0) },
  },
  { name: 'ReduceMax of all', opset: 12, opType: 'ReduceMax', attributes: { keepdims: int(0) } },
  { name: 'Unsqueeze', opset: 11, opType: 'Unsqueeze', attributes: { axes: ints([0, 3]) } },
  { name: 'Squeeze', opset: 11, opType: 'Squeeze', attributes: { axes: ints([0]) } },
  {
    name: 'Slice',
    opset: 9,
    opType: 'Slice',
    attributes: { starts: ints([1, -2]), ends: ints([3, 100]), axes: ints([1, 3]) },
  },
  {
    name: 'Slice of the first axes',
    opset: 9,
    opType: 'Slice',
    attributes: { starts: ints([0, 1]), ends: ints([1, 2]) },
  },
  { name: 'Clip', opset: 10, opType: 'Clip', attributes: { min: float(-0.5), max: float(0.25) } },
  { name: 'Clip from above', opset: 9, opType: 'Clip', attributes: { max: float(0.25) } },
  {
    name: 'Pad',
    opset: 10,
    opType: 'Pad',
    attributes: { pads: ints([0, 0, 1, 2, 0, 0, 0, 1]), value: float(7) },
  },
  {
    name: 'Pad by reflection',
    opset: 9,
    opType: 'Pad',
    attributes: { mode: text('reflect'), pads: ints([0, 0, 1, 1, 0, 0, 1, 1]) },
  },
  {
    name: 'Split',
    opset: 11,
    opType: 'Split',
    attributes: { axis: int(1), split: ints([1, 2]) },
    outputs: 2,
  },
  { name: 'Split evenly', opset: 13, opType: 'Split', attributes: { axis: int(3) }, outputs: 2 },
  { name: 'Dropout', opset: 10, opType: 'Dropout', attributes: { ratio: float(0.3) } },
  {
    name: 'BatchNormalization',
    opset: 9,
    opType: 'BatchNormalization',
    attributes: { epsilon: float(0.01) },
    constants: [
      [1, 2, 3],
      [0, 1, 2],
      [0.1, 0.2, 0.3],
      [1, 2, 0.5],
    ],
  },
  { name: 'Upsample', opset: 9, opType: 'Upsample', attributes: {}, constants: [[1, 1, 2, 2]] },
  {
    name: 'Resize',
    opset: 10,
    opType: 'Resize',
    attributes: { mode: text('linear') },
    constants: [[1, 1, 2, 1.5]],
  },
  {
    name: 'Constant',
    opset: 9,
    opType: 'Constant',
    attributes: {
      value: tensor({
        name: 'inner',
        dataType: DATA_TYPE.float,
        dims: [2],
        data: { kind: 'bytes', bytes: toBytes(DATA_TYPE.float, [3, 4]) },
      }),
    },
  },
];

function modelOf({ opset, opType, attributes, outputs = 1, constants = [] }: OldNode): Model {
  const builder = new GraphBuilder('own_');
  const x = builder.input('x', DATA_TYPE.float, [1, 3, 4, 4]);
  const others = constants.map((numbers) =>
    builder.constant(DATA_TYPE.float, [numbers.length], numbers),
  );
  const names = Array.from({ length: outputs }, (_, index) => `y${index}`);
  builder.node(opType, opType === 'Constant' ? [] : [x, ...others], names, attributes);
  for (const [index, name] of names.entries()) {
    // An initializer cannot be an output everywhere; what computes with it can.
    builder.node('Identity', [name], [`z${index}`]);
    builder.output(`z${index}`, undefined, undefined);
  }
  return {
    irVersion: 8,
    producerName: '',
    producerVersion: '',
    domain: '',
    modelVersion: 0,
    docString: '',
    opsetImports: [{ domain: '', version: opset }],
    graph: builder.graph('old'),
    functions: [],
    metadata: new Map(),
  };
}

async function run(model: Model) {
  const session = await runtime.InferenceSession.create(encodeModel(model), {
    logSeverityLevel: 3,
  });
  const results = await session.run({ x: new runtime.Tensor('float32', values, [1, 3, 4, 4]) });
  return Object.values(results).map(({ dims, data }) => ({ dims, data: data as Float32Array }));
}

const differences: { name: string; opset: number; difference: number }[] = [];
for (const node of old) {
  const model = modelOf(node);
  const raised = raiseModel(model, 20, (loaded) => loaded);
  const [before, after] = [await run(model), await run(raised)];
  const opset = raised.opsetImports[0]?.version ?? 0;
  let difference = before.length === after.length ? 0 : Infinity;
  before.forEach(({ dims, data }, index) => {
    const other = after[index];
    if (other?.dims.join() !== dims.join()) difference = Infinity;
    data.forEach((value, at) => {
      difference = Math.max(difference, Math.abs(value - (other?.data[at] ?? NaN)));
    });
  });
  differences.push({ name: node.name, opset, difference });
}
process.stdout.write(JSON.stringify(differences));
