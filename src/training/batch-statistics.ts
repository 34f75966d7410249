import { floatOf, int } from '../onnx/attributes.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import { DATA_TYPE, type Node } from '../onnx/model.ts';
import { elementCount } from '../formats/nd-array.ts';
import type { KnownValues } from './known-values.ts';

/** A tensor that a step changes without a gradient: a running mean or variance. */
export interface RunningTensor {
  readonly name: string;
  readonly next: string;
}

/**
 * Lets every BatchNormalization use the statistics of its batch, as in training: it becomes
 * arithmetic that can be differentiated, and its running statistics follow by PyTorch's rule
 * (the variance unbiased).
 * @param weights float32 [batch], where some batches hold examples that do not count
 */
export function useBatchStatistics(
  builder: GraphBuilder,
  known: KnownValues,
  weights: string | undefined,
): readonly RunningTensor[] {
  const nodes = builder.nodes.splice(0);
  const running: RunningTensor[] = [];
  for (const node of nodes) {
    if (node.opType !== 'BatchNormalization' || node.domain !== '') builder.nodes.push(node);
    else running.push(...decompose({ builder, node, known, weights }));
  }
  return running;
}

interface Task {
  readonly builder: GraphBuilder;
  readonly node: Node;
  readonly known: KnownValues;
  readonly weights: string | undefined;
}

function decompose(task: Task): readonly RunningTensor[] {
  const { builder, node, known } = task;
  const [x = '', scale = '', bias = '', mean = '', variance = ''] = node.inputs;
  const { dims } = known.type(x);
  const perChannel = builder.integers(dims.map((dim, axis) => (axis === 1 ? dim : 1)));
  const scalar = (value: number) => builder.constant(DATA_TYPE.float, [], [value]);

  const batch = statistics(task, x, dims);
  const shifted = builder.op('Add', [batch.variance, scalar(floatOf(node, 'epsilon', 1e-5))]);
  const inverse = builder.op('Reciprocal', [builder.op('Sqrt', [shifted])]);
  const shaped = (name: string) => builder.op('Reshape', [name, perChannel]);
  const factor = builder.op('Mul', [inverse, shaped(scale)]);
  const scaled = builder.op('Mul', [batch.centred, factor]);
  builder.node('Add', [scaled, shaped(bias)], [node.outputs[0] ?? '']);

  const momentum = floatOf(node, 'momentum', 0.9);
  const channels = builder.integers([dims[1] ?? 1]);
  const follow = (name: string, value: string): RunningTensor => {
    const kept = builder.op('Mul', [name, scalar(momentum)]);
    const flat = builder.op('Reshape', [value, channels]);
    const added = builder.op('Mul', [flat, scalar(1 - momentum)]);
    return { name, next: builder.op('Add', [kept, added]) };
  };
  return [
    follow(mean, batch.mean),
    follow(variance, builder.op('Mul', [batch.variance, batch.unbiasing])),
  ];
}

interface Statistics {
  /** [1, channels, 1 ...] */
  readonly mean: string;
  readonly centred: string;
  readonly variance: string;
  /** n / (n - 1) for the n values of a channel. */
  readonly unbiasing: string;
}

function statistics(task: Task, x: string, dims: readonly number[]): Statistics {
  const { builder } = task;
  const axes = builder.integers(dims.flatMap((_, axis) => (axis === 1 ? [] : [axis])));
  const count = elementCount(dims) / (dims[1] ?? 1);
  const scalar = (value: number) => builder.constant(DATA_TYPE.float, [], [value]);
  if (task.weights === undefined) {
    const mean = builder.op('ReduceMean', [x, axes]);
    const centred = builder.op('Sub', [x, mean]);
    const variance = builder.op('ReduceMean', [builder.op('Mul', [centred, centred]), axes]);
    return { mean, centred, variance, unbiasing: scalar(count / Math.max(count - 1, 1)) };
  }
  const column = builder.integers(dims.map((_, axis) => (axis === 0 ? -1 : 1)));
  const weights = builder.op('Reshape', [task.weights, column]);
  const sum = (values: string) => builder.op('ReduceSum', [values, axes]);
  const examples = builder.op('ReduceSum', [task.weights], { keepdims: int(0) });
  const counted = builder.op('Mul', [examples, scalar(count / (dims[0] ?? 1))]);
  const average = (values: string) =>
    builder.op('Div', [sum(builder.op('Mul', [values, weights])), counted]);
  const mean = average(x);
  const centred = builder.op('Sub', [x, mean]);
  const variance = average(builder.op('Mul', [centred, centred]));
  const others = builder.op('Max', [builder.op('Sub', [counted, scalar(1)]), scalar(1)]);
  return { mean, centred, variance, unbiasing: builder.op('Div', [counted, others]) };
}
