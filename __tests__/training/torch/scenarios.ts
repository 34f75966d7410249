import { Random } from '../../../src/training/random.ts';
import { circle, float32, int64, npz, type ArraySpec } from '../data-set.ts';

/** A training run that PyTorch did, too: the same model, start, batches and optimizer. */
export interface Scenario {
  readonly name: string;
  /** As in a spec of `model-ci fit`. */
  readonly layers: readonly (string | Readonly<Record<string, unknown>>)[];
  readonly optimizer: Readonly<Record<string, unknown>>;
  readonly loss: Readonly<Record<string, unknown>>;
  readonly epochs: number;
  readonly batchSize: number;
  readonly arrays: Readonly<Record<'x' | 'y', ArraySpec>>;
  /** The shape of one example at each dropout. */
  readonly dropped?: readonly (readonly number[])[];
  /** How far the mean loss of an epoch may be from PyTorch's. */
  readonly tolerance: number;
}

/** Smooth: where a ReLU changes its mind a rounding error later, losses part by more than that. */
const perceptron = [{ dense: 32 }, 'gelu', { dense: 16 }, 'tanh', { dense: 2 }];

/** No multiple of 16: the last batch is a smaller one. */
const plane = circle(120);

export const scenarios: readonly Scenario[] = [
  perceptronWith('adam', { name: 'adam', 'learning-rate': 0.003 }),
  perceptronWith('adam with decay', {
    name: 'adam',
    'learning-rate': 0.003,
    'weight-decay': 0.01,
    betas: [0.8, 0.99],
  }),
  perceptronWith('adamw', { name: 'adamw', 'learning-rate': 0.003, 'weight-decay': 0.1 }),
  perceptronWith('sgd', { name: 'sgd', 'learning-rate': 0.05 }),
  perceptronWith('momentum', { name: 'sgd', 'learning-rate': 0.02, momentum: 0.9 }),
  perceptronWith('nesterov with decay', {
    name: 'sgd',
    'learning-rate': 0.02,
    momentum: 0.9,
    nesterov: true,
    'weight-decay': 0.001,
  }),
  {
    ...perceptronWith('adam and dropout', { name: 'adam', 'learning-rate': 0.003 }),
    layers: [
      { dense: 32 },
      'gelu',
      { dropout: 0.3 },
      { dense: 16 },
      { dropout: 0.5 },
      { dense: 2 },
    ],
    dropped: [[32], [16]],
  },
  {
    name: 'values by mean square',
    layers: [{ dense: 32 }, 'gelu', { dense: 1 }],
    optimizer: { name: 'adam', 'learning-rate': 0.003 },
    loss: { name: 'mse' },
    epochs: 40,
    batchSize: 16,
    arrays: { x: plane.x, y: radius(plane.x) },
    tolerance: 1e-6,
  },
  {
    name: 'values by huber, clipped',
    layers: [{ dense: 32 }, 'gelu', { dense: 1 }],
    optimizer: { name: 'sgd', 'learning-rate': 0.1, 'clip-norm': 0.1 },
    loss: { name: 'huber', delta: 0.2 },
    epochs: 40,
    batchSize: 16,
    arrays: { x: plane.x, y: radius(plane.x) },
    tolerance: 1e-6,
  },
  {
    name: 'smoothed labels of unequal classes',
    layers: perceptron,
    optimizer: { name: 'adam', 'learning-rate': 0.003 },
    loss: { name: 'cross-entropy', 'label-smoothing': 0.1, 'class-weights': [1, 2.5] },
    epochs: 40,
    batchSize: 16,
    arrays: plane,
    tolerance: 1e-6,
  },
  {
    name: 'binary cross-entropy',
    layers: [{ dense: 32 }, 'gelu', { dense: 1 }],
    optimizer: { name: 'adamw', 'learning-rate': 0.003 },
    loss: { name: 'binary-cross-entropy' },
    epochs: 40,
    batchSize: 16,
    arrays: { x: plane.x, y: asFloats(plane.y) },
    tolerance: 1e-6,
  },
  {
    name: 'convolutions',
    layers: [
      { conv: { filters: 6, kernel: 3, padding: 1 } },
      'relu',
      { 'max-pool': 2 },
      { conv: { filters: 8, kernel: 3, stride: 2, padding: 1, groups: 2 } },
      'relu',
      { 'average-pool': 2 },
      'flatten',
      'layer-norm',
      { dense: 3 },
    ],
    optimizer: { name: 'adam', 'learning-rate': 0.003 },
    loss: { name: 'cross-entropy' },
    epochs: 15,
    batchSize: 16,
    arrays: pictures(110),
    tolerance: 1e-4,
  },
  {
    name: 'batch normalisation',
    layers: [
      { conv: { filters: 6, kernel: 3, bias: false } },
      'batch-norm',
      'relu',
      'global-average-pool',
      { dense: 16 },
      { 'batch-norm': { momentum: 0.2 } },
      'relu',
      { dense: 3 },
    ],
    optimizer: { name: 'adam', 'learning-rate': 0.003 },
    loss: { name: 'cross-entropy' },
    epochs: 15,
    batchSize: 16,
    arrays: pictures(110),
    tolerance: 1e-4,
  },
  {
    name: 'embedding',
    layers: [
      { embedding: { entries: 20, size: 8 } },
      'flatten',
      { dense: 12 },
      'sigmoid',
      { dense: 2 },
    ],
    optimizer: { name: 'adam', 'learning-rate': 0.01 },
    loss: { name: 'cross-entropy' },
    epochs: 20,
    batchSize: 16,
    arrays: sentences(90),
    tolerance: 1e-5,
  },
];

export const seed = 3;

/** The spec of `model-ci fit` for a scenario, as YAML (JSON is YAML). */
export function specOf(scenario: Scenario, out: string): string {
  return JSON.stringify({
    data: { file: 'data.npz', input: 'x', labels: 'y' },
    model: { layers: scenario.layers },
    loss: scenario.loss,
    optimizer: scenario.optimizer,
    epochs: scenario.epochs,
    'batch-size': scenario.batchSize,
    seed,
    out,
  });
}

export function dataOf({ arrays }: Scenario): Uint8Array {
  return npz(arrays);
}

function perceptronWith(name: string, optimizer: Scenario['optimizer']): Scenario {
  return {
    name: `perceptron by ${name}`,
    layers: perceptron,
    optimizer,
    loss: { name: 'cross-entropy' },
    epochs: 40,
    batchSize: 16,
    arrays: plane,
    tolerance: 1e-6,
  };
}

function asFloats({ shape, data }: ArraySpec): ArraySpec {
  return float32([shape[0] ?? 0, 1], Array.from(data as BigInt64Array, Number));
}

function radius({ shape, data }: ArraySpec): ArraySpec {
  const count = shape[0] ?? 0;
  const points = Array.from(data as Float32Array);
  const values = Array.from({ length: count }, (_, index) =>
    Math.hypot(points[2 * index] ?? 0, points[2 * index + 1] ?? 0),
  );
  return float32([count, 1], values);
}

/** Noise [2, 9, 9] with a bright row, column or neither. */
function pictures(count: number): Scenario['arrays'] {
  const random = Random.of(5, 'pictures');
  const labels = Array.from({ length: count }, () => random.below(3));
  const pixels = labels.flatMap((label) => {
    const place = random.below(9);
    return Array.from({ length: 2 * 81 }, (_, index) => {
      const bright =
        label === 0 ? Math.floor(index / 9) % 9 === place : label === 1 && index % 9 === place;
      return random.uniform() + (bright ? 1 : 0);
    });
  });
  return { x: float32([count, 2, 9, 9], pixels), y: int64([count], labels) };
}

/** Six words of twenty; the label says whether the first is one of the first ten. */
function sentences(count: number): Scenario['arrays'] {
  const random = Random.of(6, 'sentences');
  const words = Array.from({ length: 6 * count }, () => random.below(20));
  const labels = Array.from({ length: count }, (_, index) =>
    (words[6 * index] ?? 0) < 10 ? 1 : 0,
  );
  return { x: int64([count, 6], words), y: int64([count], labels) };
}
