/** What bench/fit/fit.ts trains; bench/fit/torch_train.py has them under the same names. */
export interface Network {
  readonly name: string;
  /** For `model-ci fit`, without epochs, threads and out. */
  readonly spec: object;
  readonly examples: number;
  /** The first is not counted. */
  readonly epochs: number;
  /** Multiplications and additions of one example, forwards. */
  readonly operations: number;
}

const digits = { file: 'train.npz', input: 'images', scale: 1 / 255 };
const exported = (name: string) => ({
  data: { file: `${name}.npz`, input: 'images' },
  model: { from: `${name}.onnx`, train: 'all', 'batch-norm': 'batch' },
});

export const networks: readonly Network[] = [
  {
    name: 'perceptron',
    spec: {
      data: digits,
      model: { layers: ['flatten', { dense: 256 }, 'relu', { dense: 10 }] },
    },
    examples: 8000,
    epochs: 9,
    operations: 2 * (784 * 256 + 256 * 10),
  },
  {
    name: 'convolutions',
    spec: {
      data: digits,
      model: {
        layers: [
          { reshape: [1, 28, 28] },
          { conv: { filters: 16, kernel: 3, padding: 1 } },
          'relu',
          { 'max-pool': 2 },
          { conv: { filters: 32, kernel: 3, padding: 1 } },
          'relu',
          { 'max-pool': 2 },
          'flatten',
          { dense: 128 },
          'relu',
          { dense: 10 },
        ],
      },
    },
    examples: 8000,
    epochs: 4,
    operations: 2 * (784 * 9 * 16 + 196 * 9 * 16 * 32 + 1568 * 128 + 1280),
  },
  {
    // Four layers of 128 over 64 words: the projections, and two products for the attention.
    name: 'encoder',
    spec: { ...exported('encoder'), 'batch-size': 16 },
    examples: 512,
    epochs: 4,
    operations: 2 * 4 * 64 * (12 * 128 * 128 + 2 * 64 * 128),
  },
  {
    // 1.82 G multiplications at 224 by 224 (He et al., "Deep Residual Learning", table 1).
    name: 'resnet18',
    spec: {
      ...exported('resnet18'),
      'batch-size': 8,
      optimizer: { name: 'sgd', momentum: 0.9 },
    },
    examples: 32,
    epochs: 4,
    operations: 2 * 1.82e9,
  },
];
