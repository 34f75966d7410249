import { int } from '../onnx/attributes.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import { DATA_TYPE } from '../onnx/model.ts';
import type { TensorType } from './known-values.ts';

/** The tensors that a loss is computed of, for one batch. */
export interface LossInputs {
  /** The model's output, and what is known of it. */
  readonly output: string;
  readonly type: TensorType;
  readonly labels: string;
  /** float32 [batch]: 1 for an example, 0 for one that only fills the batch. */
  readonly weights: string;
}

export interface Loss {
  /** What the labels are stored as. */
  readonly labels: 'classes' | 'values';
  /** Adds the mean over the examples that count, a scalar. */
  build(builder: GraphBuilder, inputs: LossInputs): string;
}

/** Softmax and negative log likelihood, as PyTorch's CrossEntropyLoss; output [batch, classes]. */
const crossEntropy: Loss = {
  labels: 'classes',
  build(builder, { output, type, labels, weights }) {
    const classes = type.dims.at(-1) ?? 1;
    const logProbabilities = builder.op('LogSoftmax', [output], { axis: int(-1) });
    const offAndOn = builder.constant(type.elementType, [2], [0, 1]);
    const chosen = builder.op('OneHot', [labels, builder.integers([classes]), offAndOn]);
    const byClass = builder.op('Mul', [logProbabilities, chosen]);
    const byExample = sumOver(builder, byClass, [-1]);
    return builder.op('Neg', [weightedMean(builder, byExample, weights)]);
  },
};

/** Mean squared error over all elements, as PyTorch's MSELoss. */
const meanSquaredError: Loss = {
  labels: 'values',
  build(builder, { output, type, labels, weights }) {
    const difference = builder.op('Sub', [output, labels]);
    const square = builder.op('Mul', [difference, difference]);
    const axes = type.dims.slice(1).map((_, index) => index + 1);
    const byExample =
      axes.length === 0
        ? square
        : builder.op('ReduceMean', [square, builder.integers(axes)], { keepdims: int(0) });
    return weightedMean(builder, byExample, weights);
  },
};

export const LOSSES = { 'cross-entropy': crossEntropy, mse: meanSquaredError } as const;
export type LossName = keyof typeof LOSSES;

/** Adds the number of examples that count whose highest score is their label's, a scalar. */
export function countCorrect(builder: GraphBuilder, inputs: LossInputs): string {
  const guess = builder.op('ArgMax', [inputs.output], { axis: int(-1), keepdims: int(0) });
  const hit = builder.op('Cast', [builder.op('Equal', [guess, inputs.labels])], {
    to: int(DATA_TYPE.float),
  });
  return sumOver(builder, builder.op('Mul', [hit, inputs.weights]), [0]);
}

function weightedMean(builder: GraphBuilder, values: string, weights: string): string {
  const total = sumOver(builder, builder.op('Mul', [values, weights]), [0]);
  return builder.op('Div', [total, sumOver(builder, weights, [0])]);
}

function sumOver(builder: GraphBuilder, name: string, axes: readonly number[]): string {
  return builder.op('ReduceSum', [name, builder.integers(axes)], { keepdims: int(0) });
}
