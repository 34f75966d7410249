import { int } from '../onnx/attributes.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import { DATA_TYPE } from '../onnx/model.ts';
import type { TensorType } from './known-values.ts';

export const LOSS_NAMES = ['cross-entropy', 'binary-cross-entropy', 'mse', 'huber'] as const;

export interface LossSettings {
  readonly name: (typeof LOSS_NAMES)[number];
  /** cross-entropy: this share of the target is spread evenly over all classes. */
  readonly labelSmoothing: number;
  /** cross-entropy: how much an example counts, by its class; undefined for all alike. */
  readonly classWeights: readonly number[] | undefined;
  /** huber: where the square becomes a line. */
  readonly delta: number;
}

/** The tensors that a loss is computed of, for one batch. */
export interface LossInputs {
  /** The model's output, and what is known of it. */
  readonly output: string;
  readonly type: TensorType;
  /** int64 [batch] class indices, or float32 in the shape of the output. */
  readonly labels: string;
  /** float32 [batch]: 1 for an example, 0 for one that only fills the batch. */
  readonly weights: string;
}

/** What the labels of a loss are: class indices, or values such as the model gives. */
export function labelKind({ name }: LossSettings): 'classes' | 'values' {
  return name === 'cross-entropy' ? 'classes' : 'values';
}

/** Adds the mean loss over the examples that count, a scalar. */
export function addLossNodes(
  builder: GraphBuilder,
  inputs: LossInputs,
  settings: LossSettings,
): string {
  switch (settings.name) {
    case 'cross-entropy':
      return crossEntropy(builder, inputs, settings);
    case 'binary-cross-entropy':
      return overElements(builder, inputs, binaryCrossEntropy(builder, inputs));
    case 'mse':
      return overElements(builder, inputs, squaredError(builder, inputs));
    case 'huber':
      return overElements(builder, inputs, huber(builder, inputs, settings.delta));
  }
}

/**
 * Softmax and negative log likelihood, as PyTorch's CrossEntropyLoss; output [batch, classes].
 * With class weights the mean is weighted by the class of each example.
 */
function crossEntropy(
  builder: GraphBuilder,
  { output, type, labels, weights }: LossInputs,
  { labelSmoothing, classWeights }: LossSettings,
): string {
  const classes = type.dims.at(-1) ?? 1;
  const float = type.elementType;
  const logProbabilities = builder.op('LogSoftmax', [output], { axis: int(-1) });
  const byClass = builder.constant(float, [classes], classWeights ?? Array(classes).fill(1));
  const spread = labelSmoothing / classes;
  // Each target is a row of the shares of all classes.
  const offAndOn = builder.constant(float, [2], [spread, spread + 1 - labelSmoothing]);
  const depth = builder.integers([classes]);
  const shares = builder.op('OneHot', [labels, depth, offAndOn]);
  const weighted = classWeights ? builder.op('Mul', [shares, byClass]) : shares;
  const byExample = sumOver(builder, builder.op('Mul', [logProbabilities, weighted]), [-1]);
  const count = classWeights
    ? builder.op('Mul', [weights, builder.op('Gather', [byClass, labels])])
    : weights;
  const total = sumOver(builder, builder.op('Mul', [byExample, weights]), [0]);
  return builder.op('Neg', [builder.op('Div', [total, sumOver(builder, count, [0])])]);
}

/** max(x, 0) - x y + log(1 + exp(-|x|)), as PyTorch's BCEWithLogitsLoss. */
function binaryCrossEntropy(builder: GraphBuilder, { output, labels }: LossInputs): string {
  const positive = builder.op('Relu', [output]);
  const agreed = builder.op('Mul', [output, labels]);
  const distance = builder.op('Neg', [builder.op('Abs', [output])]);
  const rest = builder.op('Softplus', [distance]);
  return builder.op('Add', [builder.op('Sub', [positive, agreed]), rest]);
}

function squaredError(builder: GraphBuilder, { output, labels }: LossInputs): string {
  const difference = builder.op('Sub', [output, labels]);
  return builder.op('Mul', [difference, difference]);
}

/** d^2 / 2 up to delta, delta (|d| - delta / 2) beyond, as PyTorch's HuberLoss. */
function huber(builder: GraphBuilder, { output, labels, type }: LossInputs, delta: number): string {
  const scalar = (value: number) => builder.constant(type.elementType, [], [value]);
  const distance = builder.op('Abs', [builder.op('Sub', [output, labels])]);
  // With c = min(d, delta) both are c (d - c / 2).
  const capped = builder.op('Min', [distance, scalar(delta)]);
  const half = builder.op('Mul', [capped, scalar(0.5)]);
  return builder.op('Mul', [capped, builder.op('Sub', [distance, half])]);
}

/** Adds the number of examples that count whose highest score is their label's, a scalar. */
export function countCorrect(builder: GraphBuilder, inputs: LossInputs): string {
  const guess = builder.op('ArgMax', [inputs.output], { axis: int(-1), keepdims: int(0) });
  const hit = builder.op('Cast', [builder.op('Equal', [guess, inputs.labels])], {
    to: int(DATA_TYPE.float),
  });
  return sumOver(builder, builder.op('Mul', [hit, inputs.weights]), [0]);
}

/** The mean over all elements of the examples that count. */
function overElements(
  builder: GraphBuilder,
  { type, weights }: LossInputs,
  values: string,
): string {
  const axes = type.dims.slice(1).map((_, index) => index + 1);
  const byExample =
    axes.length === 0
      ? values
      : builder.op('ReduceMean', [values, builder.integers(axes)], { keepdims: int(0) });
  const total = sumOver(builder, builder.op('Mul', [byExample, weights]), [0]);
  return builder.op('Div', [total, sumOver(builder, weights, [0])]);
}

function sumOver(builder: GraphBuilder, name: string, axes: readonly number[]): string {
  return builder.op('ReduceSum', [name, builder.integers(axes)], { keepdims: int(0) });
}
