import { int, ints, text, type Attributes } from '../../../src/onnx/attributes.ts';
import { anyConvolutions } from './any-convolution.ts';
import {
  absent,
  awayFrom,
  distinct,
  fixed,
  floats,
  gradientCase,
  integers,
  uniform,
  type GradientCase,
} from './case.ts';

/** Of the operators on pictures: convolution, pooling, normalization, resizing. */
export const spatialCases: readonly GradientCase[] = [
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
    ['smaller than its kernel', [1, 2, 3, 2], [8, 2, 3, 2], { pads: ints([1, 0, 0, 1]) }],
    [
      'smaller than its kernel, in groups',
      [1, 4, 3, 2],
      [8, 2, 3, 2],
      { group: int(2), pads: ints([0, 1, 2, 0]) },
    ],
    ['of many channels', [1, 16, 15, 15], [1, 16, 3, 3], { pads: ints([1, 1, 1, 1]) }],
    ['of many channels, short rows', [2, 16, 3, 3], [2, 16, 3, 3], { pads: ints([1, 1, 1, 1]) }],
    ['of many channels, no pads', [2, 16, 20], [2, 16, 3], {}],
    [
      'of many channels, dilated',
      [2, 16, 20],
      [2, 16, 3],
      { dilations: ints([2]), pads: ints([0, 2]) },
    ],
    ['of many channels, padded beyond', [2, 16, 20], [2, 16, 2], { pads: ints([1, 2]) }],
    [
      'of many channels, larger than the picture',
      [2, 16, 1, 2],
      [2, 16, 5, 5],
      { pads: ints([2, 2, 2, 3]) },
    ],
    [
      'of many channels, strides beyond the picture',
      [1, 16, 1],
      [2, 16, 3],
      { pads: ints([1, 4]), strides: ints([3]) },
    ],
    [
      'of many channels, three axes',
      [1, 16, 3, 4, 3],
      [2, 16, 2, 3, 2],
      { pads: ints([1, 1, 0, 0, 1, 1]), strides: ints([1, 2, 1]) },
    ],
    [
      'of many channels, stride 2',
      [2, 16, 7],
      [2, 16, 3],
      { pads: ints([1, 1]), strides: ints([2]) },
    ],
    [
      'of a large kernel, stride 2',
      [2, 2, 11, 10],
      [3, 2, 5, 4],
      { pads: ints([2, 1, 1, 2]), strides: ints([2, 3]) },
    ],
    [
      'of a large kernel, dilated',
      [1, 2, 10, 9],
      [2, 2, 4, 4],
      { pads: ints([1, 2, 2, 0]), dilations: ints([2, 1]) },
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

  gradientCase('Conv of many channels', [uniform([2, 16, 4, 4]), uniform([3, 16, 3, 2])], {
    kernel_shape: ints([3, 2]),
    pads: ints([1, 0, 1, 1]),
  }),
  gradientCase('MaxPool apart', [distinct([2, 2, 4, 4])], {
    kernel_shape: ints([2, 2]),
    strides: ints([2, 2]),
  }),
  gradientCase('MaxPool with a rest', [distinct([1, 2, 5, 7])], {
    kernel_shape: ints([2, 3]),
    strides: ints([2, 3]),
  }),
  gradientCase('MaxPool of wide pictures', [distinct([1, 1, 2, 68], 0.02)], {
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
  ...anyConvolutions(100),
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
