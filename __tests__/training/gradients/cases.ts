import { float, int, ints, text } from '../../../src/onnx/attributes.ts';
import { DATA_TYPE } from '../../../src/onnx/model.ts';
import {
  awayFrom,
  booleans,
  distinct,
  fixed,
  gradientCase,
  integers,
  scalar,
  uniform,
  type GradientCase,
} from './case.ts';
import { spatialCases } from './spatial-cases.ts';

/** At least one case for each gradient rule, and one for each way that a rule can go. */
export const cases: readonly GradientCase[] = [
  // Both operands win somewhere, or a wrong gradient of the other would not show.
  ...['Max', 'Min'].flatMap((op) => [
    gradientCase(`${op} of equal shapes`, [uniform([4, 5]), uniform([4, 5])]),
    gradientCase(`${op} with a vector`, [uniform([2, 3, 4]), uniform([4])]),
    gradientCase(`${op} both ways`, [uniform([3, 1]), uniform([2, 1, 4])]),
  ]),
  ...['Add', 'Sub', 'Mul', 'Div'].flatMap((op) => [
    gradientCase(`${op} of equal shapes`, [uniform([2, 3]), uniform([2, 3], 0.5, 2)]),
    gradientCase(`${op} with a vector`, [uniform([2, 3, 4]), uniform([4], 0.5, 2)]),
    gradientCase(`${op} both ways`, [uniform([3, 1]), uniform([2, 1, 4], 0.5, 2)]),
  ]),
  gradientCase('Max of three', [distinct([2, 5]), uniform([5]), uniform([2, 1], 0, 0.2)]),
  gradientCase('Sum of three', [uniform([2, 5]), uniform([5]), uniform([2, 1])]),
  gradientCase('Mean of three', [uniform([2, 5]), uniform([5]), uniform([2, 1])]),
  gradientCase('Pow by a constant', [uniform([2, 3], 0.5, 2), scalar(3)]),
  gradientCase('Pow by both', [uniform([2, 3], 0.5, 2), uniform([3], 1, 2)]),
  gradientCase('Where', [booleans([1, 0, 1, 0, 0, 1], [2, 3]), uniform([2, 3]), uniform([3])]),

  ...['Identity', 'Neg', 'Exp', 'Sigmoid', 'Tanh', 'Softplus', 'Mish'].map((op) =>
    gradientCase(op, [uniform([3, 4], -2, 2)]),
  ),
  ...['Sin', 'Cos', 'Atan', 'Sinh', 'Cosh', 'Asinh'].map((op) =>
    gradientCase(op, [uniform([3, 4], -2, 2)]),
  ),
  ...['Tan', 'Asin', 'Acos', 'Atanh'].map((op) => gradientCase(op, [uniform([3, 4], -0.9, 0.9)])),
  gradientCase('Acosh', [uniform([3, 4], 1.2, 3)]),
  gradientCase('Celu', [awayFrom([0], [3, 4])], { alpha: float(0.7) }),
  gradientCase('ThresholdedRelu', [awayFrom([0.3], [3, 4])], { alpha: float(0.3) }),
  ...['Log', 'Sqrt', 'Reciprocal'].map((op) => gradientCase(op, [uniform([3, 4], 0.5, 2)])),
  // Softsign bends at 0: differences over it are off in single precision.
  ...['Relu', 'Abs', 'Softsign'].map((op) => gradientCase(op, [awayFrom([0], [3, 4])])),
  gradientCase('LeakyRelu', [awayFrom([0], [3, 4])], { alpha: float(0.1) }),
  gradientCase('PRelu', [awayFrom([0], [2, 3, 4]), uniform([3, 1])]),
  gradientCase('Elu', [awayFrom([0], [3, 4])], { alpha: float(0.7) }),
  gradientCase('Selu', [awayFrom([0], [3, 4])]),
  gradientCase('HardSigmoid', [awayFrom([-2.5, 2.5], [3, 4], { low: -4, high: 4, margin: 0.3 })]),
  gradientCase('HardSwish', [awayFrom([-3, 3], [3, 4], { low: -5, high: 5, margin: 0.3 })]),
  gradientCase('Erf', [uniform([3, 4], -2, 2)]),
  gradientCase('Gelu', [uniform([3, 4], -3, 3)]),
  gradientCase('Gelu by tanh', [uniform([3, 4], -3, 3)], { approximate: text('tanh') }),
  gradientCase('Clip', [awayFrom([-0.5, 0.5], [3, 4]), scalar(-0.5), scalar(0.5)]),
  gradientCase('Clip below', [awayFrom([-0.5], [3, 4]), scalar(-0.5)]),
  gradientCase('Dropout', [uniform([3, 4])]),
  gradientCase('Dropout switched off', [uniform([3, 4]), scalar(0.3), booleans([0], [])]),
  gradientCase('Trilu', [uniform([2, 3, 4])]),
  gradientCase('Trilu below', [uniform([3, 4]), integers([1], [])], { upper: int(0) }),
  gradientCase('Cast', [uniform([2, 3])], { to: int(DATA_TYPE.double) }),

  gradientCase('MatMul of matrices', [uniform([3, 4]), uniform([4, 5])]),
  gradientCase('MatMul of a batch', [uniform([2, 3, 4]), uniform([4, 5])]),
  gradientCase('MatMul of batches', [uniform([2, 2, 3, 4]), uniform([2, 2, 4, 3])]),
  gradientCase('MatMul broadcast', [uniform([2, 1, 3, 4]), uniform([5, 4, 2])]),
  gradientCase('MatMul of a matrix with a batch', [uniform([3, 4]), uniform([2, 4, 2])]),
  gradientCase('MatMul of a row', [uniform([4]), uniform([4, 3])]),
  gradientCase('MatMul with a column', [uniform([2, 3, 4]), uniform([4])]),
  gradientCase('MatMul of vectors', [uniform([4]), uniform([4])]),
  gradientCase('MatMul of a row with a batch', [uniform([4]), uniform([2, 4, 3])]),
  ...[
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ].map(([a = 0, b = 0]) =>
    gradientCase(
      `Gemm transposed ${a}${b}`,
      [uniform(a ? [4, 3] : [3, 4]), uniform(b ? [5, 4] : [4, 5]), uniform([5])],
      { transA: int(a), transB: int(b), alpha: float(0.5), beta: float(2) },
    ),
  ),
  gradientCase('Gemm with a column', [uniform([3, 4]), uniform([4, 5]), uniform([3, 1])]),
  gradientCase('Gemm without C', [uniform([3, 4]), uniform([4, 5])]),

  ...['Softmax', 'LogSoftmax'].flatMap((op) => [
    gradientCase(op, [uniform([3, 5])]),
    gradientCase(`${op} over the middle`, [uniform([2, 3, 4])], { axis: int(1) }),
  ]),

  ...[
    'ReduceSum',
    'ReduceMean',
    'ReduceSumSquare',
    'ReduceL1',
    'ReduceL2',
    'ReduceLogSumExp',
    'ReduceMax',
    'ReduceMin',
  ].flatMap((op) => [
    gradientCase(`${op} of one axis`, [distinct([2, 3, 4]), integers([1])]),
    gradientCase(`${op} dropped`, [distinct([2, 3, 4]), integers([0, -1])], { keepdims: int(0) }),
    gradientCase(`${op} of all`, [distinct([2, 3])]),
  ]),
  gradientCase('ReduceLogSum', [uniform([2, 3], 0.5, 2), integers([1])]),
  gradientCase('ReduceProd', [uniform([2, 3], 0.5, 2), integers([1])]),

  gradientCase('Reshape', [uniform([2, 6]), integers([3, -1])]),
  gradientCase('Flatten', [uniform([2, 3, 2])], { axis: int(1) }),
  gradientCase('Squeeze', [uniform([2, 1, 3]), integers([1])]),
  gradientCase('Unsqueeze', [uniform([2, 3]), integers([0, 2])]),
  gradientCase('Transpose', [uniform([2, 3, 4])], { perm: ints([2, 0, 1]) }),
  gradientCase('Transpose by default', [uniform([2, 3, 4])]),
  gradientCase('Expand', [uniform([3, 1]), integers([2, 3, 4])]),
  gradientCase('Tile', [uniform([2, 3]), integers([2, 3])]),
  gradientCase('Concat', [uniform([2, 3]), uniform([2, 2]), uniform([2, 1])], { axis: int(1) }),
  gradientCase('Split', [uniform([2, 6]), integers([2, 3, 1])], { axis: int(1) }, 3),
  gradientCase('Slice', [uniform([4, 5]), integers([1, -3]), integers([3, 5]), integers([0, 1])]),
  gradientCase('Slice every second', [
    uniform([4, 7]),
    integers([1]),
    integers([7]),
    integers([1]),
    integers([2]),
  ]),
  gradientCase('Slice backwards', [
    uniform([4, 5]),
    integers([-1, 4]),
    integers([-100, 0]),
    integers([0, 1]),
    integers([-1, -2]),
  ]),
  gradientCase('Pad', [uniform([2, 3]), integers([1, 0, 0, 2])]),
  gradientCase('Pad of named axes', [
    uniform([2, 3]),
    integers([1, 2]),
    fixed(scalar(5)),
    integers([-1]),
  ]),

  gradientCase('Gather of rows', [uniform([5, 3]), integers([1, 1, 4, 0, -1, 2], [2, 3])]),
  gradientCase('Gather of columns', [uniform([2, 5, 3]), integers([1, -1, 1])], { axis: int(1) }),
  gradientCase('Gather of one', [uniform([2, 5, 3]), integers([2], [])], { axis: int(1) }),
  gradientCase('GatherElements', [uniform([3, 4]), integers([0, 1, 1, 2, -2, 0], [3, 2])], {
    axis: int(1),
  }),

  ...spatialCases,
];
