import { float, int, ints, text, type Attributes } from '../../../src/onnx/attributes.ts';
import { DATA_TYPE } from '../../../src/onnx/model.ts';
import {
  absent,
  awayFrom,
  booleans,
  distinct,
  fixed,
  floats,
  gradientCase,
  integers,
  scalar,
  uniform,
  type GradientCase,
} from './case.ts';

/** At least one case for each gradient rule, and one for each way that a rule can go. */
export const cases: readonly GradientCase[] = [
  ...['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min'].flatMap((op) => [
    gradientCase(`${op} of equal shapes`, [uniform([2, 3]), uniform([2, 3], 0.5, 2)]),
    gradientCase(`${op} with a vector`, [uniform([2, 3, 4]), uniform([4], 0.5, 2)]),
    gradientCase(`${op} both ways`, [uniform([3, 1]), uniform([2, 1, 4], 0.5, 2)]),
  ]),
  gradientCase('Max of three', [distinct([2, 5]), uniform([5]), uniform([2, 1])]),
  gradientCase('Sum of three', [uniform([2, 5]), uniform([5]), uniform([2, 1])]),
  gradientCase('Mean of three', [uniform([2, 5]), uniform([5]), uniform([2, 1])]),
  gradientCase('Pow by a constant', [uniform([2, 3], 0.5, 2), scalar(3)]),
  gradientCase('Pow by both', [uniform([2, 3], 0.5, 2), uniform([3], 1, 2)]),
  gradientCase('Where', [booleans([1, 0, 1, 0, 0, 1], [2, 3]), uniform([2, 3]), uniform([3])]),

  ...['Identity', 'Neg', 'Exp', 'Sigmoid', 'Tanh', 'Softplus', 'Softsign', 'Mish'].map((op) =>
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
  ...['Relu', 'Abs'].map((op) => gradientCase(op, [awayFrom([0], [3, 4])])),
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

  ...[
    'asymmetric',
    'half_pixel',
    'pytorch_half_pixel',
    'align_corners',
    'half_pixel_symmetric',
  ].flatMap((place) => [
    ...['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'].map((rounding) =>
      resized(`nearest, ${place}, ${rounding}`, [7, 5], {
        coordinate_transformation_mode: text(place),
        nearest_mode: text(rounding),
      }),
    ),
    resized(`linear, ${place}`, [7, 3], {
      mode: text('linear'),
      coordinate_transformation_mode: text(place),
    }),
  ]),
  gradientCase('Resize twice as large', [uniform([1, 2, 3, 4]), absent, floats([1, 1, 2, 2])], {
    coordinate_transformation_mode: text('asymmetric'),
    nearest_mode: text('floor'),
  }),
  gradientCase(
    'Resize by a broken factor',
    [uniform([1, 2, 5, 4]), absent, floats([1, 1, 0.7, 1.6])],
    { coordinate_transformation_mode: text('half_pixel') },
  ),
  gradientCase('Einsum of matrices', [uniform([2, 3]), uniform([3, 4])], {
    equation: text('ij,jk->ik'),
  }),
  gradientCase('Einsum of attention', [uniform([2, 3, 2, 4]), uniform([2, 5, 2, 4])], {
    equation: text('bqhd, bkhd -> bhqk'),
  }),
  gradientCase('Einsum that sums an operand', [uniform([2, 3, 4]), uniform([3])], {
    equation: text('bij,i->b'),
  }),
  gradientCase('Einsum behind an ellipsis', [uniform([2, 5, 3]), uniform([3, 4])], {
    equation: text('...d,de->...e'),
  }),
  gradientCase('Einsum without an arrow', [uniform([2, 3]), uniform([3, 4])], {
    equation: text('ij,jk'),
  }),
  gradientCase('Einsum of three', [uniform([2, 3]), uniform([3, 4]), uniform([4])], {
    equation: text('ij,jk,k->i'),
  }),
  gradientCase('Einsum of one', [uniform([2, 3, 4])], { equation: text('ijk->kj') }),

  gradientCase('DepthToSpace', [uniform([1, 8, 2, 3])], { blocksize: int(2) }),
  gradientCase('DepthToSpace by columns', [uniform([1, 8, 2, 3])], {
    blocksize: int(2),
    mode: text('CRD'),
  }),
  gradientCase('SpaceToDepth', [uniform([1, 2, 4, 6])], { blocksize: int(2) }),
  gradientCase('CumSum', [uniform([2, 5]), integers([1], [])]),
  gradientCase('CumSum exclusive, backwards', [uniform([2, 5]), integers([1], [])], {
    exclusive: int(1),
    reverse: int(1),
  }),
  gradientCase('LpNormalization', [uniform([3, 4])]),
  gradientCase('LpNormalization by the sum', [awayFrom([0], [3, 4])], { axis: int(0), p: int(1) }),

  gradientCase('GatherND', [uniform([3, 4, 2]), integers([0, 1, 2, 3, 0, 1], [3, 2])]),
  gradientCase(
    'ScatterElements',
    [uniform([3, 4]), integers([0, 2, 1, 3, 0, 1], [3, 2]), uniform([3, 2])],
    { axis: int(1) },
  ),
  gradientCase(
    'ScatterElements added',
    [uniform([3, 4]), integers([0, 0, 1, 3, 0, 1], [3, 2]), uniform([3, 2])],
    { axis: int(1), reduction: text('add') },
  ),
  gradientCase('ScatterND', [uniform([4, 3]), integers([2, 0], [2, 1]), uniform([2, 3])]),
  gradientCase('ScatterND added', [uniform([4, 3]), integers([2, 2], [2, 1]), uniform([2, 3])], {
    reduction: text('add'),
  }),
  gradientCase('TopK', [distinct([3, 5]), integers([2])]),

  ...convolutions('Conv', [
    ['3x3', [2, 3, 5, 6], [4, 3, 3, 3], {}],
    ['padded', [2, 3, 5, 5], [4, 3, 3, 3], { pads: ints([1, 1, 1, 1]) }],
    ['padded beyond the kernel', [1, 2, 4, 4], [2, 2, 2, 2], { pads: ints([2, 1, 1, 2]) }],
    ['stride 2', [2, 2, 6, 7], [3, 2, 3, 3], { pads: ints([1, 1, 1, 1]), strides: ints([2, 2]) }],
    ['remainder', [1, 2, 9, 8], [2, 2, 3, 2], { pads: ints([0, 1, 2, 1]), strides: ints([3, 2]) }],
    ['dilated', [1, 2, 8, 8], [2, 2, 3, 3], { dilations: ints([2, 2]), pads: ints([2, 2, 2, 2]) }],
    [
      'dilated stride 2',
      [1, 2, 9, 10],
      [2, 2, 3, 3],
      { dilations: ints([2, 2]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) },
    ],
    ['groups', [2, 4, 5, 5], [6, 2, 3, 3], { group: int(2), pads: ints([1, 1, 1, 1]) }],
    [
      'depthwise',
      [2, 3, 6, 6],
      [3, 1, 3, 3],
      { group: int(3), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) },
    ],
    ['1x1', [2, 3, 4, 4], [5, 3, 1, 1], {}],
    ['1x1 stride 2', [2, 3, 5, 5], [5, 3, 1, 1], { strides: ints([2, 2]) }],
    ['one axis', [2, 3, 9], [4, 3, 3], { pads: ints([1, 1]), strides: ints([2]) }],
    ['three axes', [1, 2, 4, 4, 4], [2, 2, 2, 2, 2], { strides: ints([1, 2, 1]) }],
    [
      'same upper',
      [1, 2, 6, 6],
      [2, 2, 3, 3],
      { auto_pad: text('SAME_UPPER'), strides: ints([2, 2]) },
    ],
    ['same lower', [1, 2, 6, 6], [2, 2, 2, 2], { auto_pad: text('SAME_LOWER') }],
    ['valid', [1, 2, 6, 6], [2, 2, 3, 3], { auto_pad: text('VALID') }],
  ]),
  gradientCase(
    'ConvTranspose stride 2',
    [uniform([2, 3, 4, 4]), uniform([3, 2, 3, 3]), uniform([2])],
    { strides: ints([2, 2]), pads: ints([1, 1, 1, 1]), output_padding: ints([1, 1]) },
  ),
  gradientCase(
    'ConvTranspose groups',
    [uniform([1, 4, 3, 3]), uniform([4, 1, 2, 2]), uniform([2])],
    {
      group: int(2),
      strides: ints([2, 2]),
    },
  ),

  gradientCase('MaxPool apart', [distinct([2, 2, 4, 4])], {
    kernel_shape: ints([2, 2]),
    strides: ints([2, 2]),
  }),
  gradientCase('MaxPool overlapping', [distinct([2, 2, 5, 5])], {
    kernel_shape: ints([3, 3]),
    strides: ints([2, 2]),
    pads: ints([1, 1, 1, 1]),
  }),
  gradientCase('MaxPool stride 1', [distinct([1, 2, 4, 4])], { kernel_shape: ints([2, 2]) }),
  gradientCase('MaxPool ceil', [distinct([1, 1, 5, 5])], {
    kernel_shape: ints([2, 2]),
    strides: ints([2, 2]),
    ceil_mode: int(1),
  }),
  gradientCase('AveragePool', [uniform([2, 2, 4, 4])], {
    kernel_shape: ints([2, 2]),
    strides: ints([2, 2]),
  }),
  gradientCase('AveragePool with a remainder', [uniform([1, 2, 5, 5])], {
    kernel_shape: ints([2, 2]),
    strides: ints([2, 2]),
  }),
  gradientCase('AveragePool padded', [uniform([1, 2, 5, 5])], {
    kernel_shape: ints([3, 3]),
    strides: ints([2, 2]),
    pads: ints([1, 1, 1, 1]),
  }),
  gradientCase('AveragePool counting pads', [uniform([1, 2, 5, 5])], {
    kernel_shape: ints([3, 3]),
    pads: ints([1, 1, 1, 1]),
    count_include_pad: int(1),
  }),
  gradientCase('GlobalAveragePool', [uniform([2, 3, 4, 4])]),
  gradientCase('GlobalMaxPool', [distinct([2, 3, 4, 4])]),

  gradientCase('BatchNormalization', [
    uniform([2, 3, 4, 4]),
    uniform([3]),
    uniform([3]),
    fixed(uniform([3])),
    fixed(uniform([3], 0.5, 2)),
  ]),
  gradientCase('LayerNormalization', [uniform([2, 3, 6]), uniform([6]), uniform([6])]),
  gradientCase(
    'LayerNormalization of two axes',
    [uniform([2, 3, 4]), uniform([3, 4]), uniform([3, 4])],
    { axis: int(1) },
  ),
  gradientCase('LayerNormalization without bias', [uniform([2, 6]), uniform([6])]),
  gradientCase('GroupNormalization', [uniform([2, 6, 3, 2]), uniform([3]), uniform([3])], {
    num_groups: int(3),
  }),
  gradientCase('InstanceNormalization', [uniform([2, 3, 4, 4]), uniform([3]), uniform([3])]),
];

/** A picture of 5 x 4 elements in another size. */
function resized(name: string, size: readonly number[], attributes: Attributes): GradientCase {
  const operands = [uniform([1, 2, 5, 4]), absent, absent, integers([1, 2, ...size])];
  return gradientCase(`Resize ${name}`, operands, attributes);
}

/** Convolutions with a bias, by name, shape of the input, shape of the kernel and attributes. */
function convolutions(
  opType: string,
  rows: readonly (readonly [string, readonly number[], readonly number[], Attributes])[],
): readonly GradientCase[] {
  return rows.map(([name, x, w, attributes]) =>
    gradientCase(`${opType} ${name}`, [uniform(x), uniform(w), uniform([w[0] ?? 1])], attributes),
  );
}
