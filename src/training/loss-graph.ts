import type { ElementType } from '../formats/nd-array.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import { dataTypeOf } from '../onnx/element-type.ts';
import { DATA_TYPE, type Model } from '../onnx/model.ts';
import { useBatchStatistics, type RunningTensor } from './batch-statistics.ts';
import { useDropout, type DropoutMask } from './dropout.ts';
import type { KnownValues } from './known-values.ts';
import {
  addLossNodes,
  countCorrect,
  labelKind,
  type LossInputs,
  type LossSettings,
} from './losses.ts';

/** A data array as the training graph takes it: all examples, of which each step gathers some. */
export interface DataInput {
  readonly name: string;
  readonly elementType: ElementType;
  /** The shape of one example. */
  readonly dims: readonly number[];
}

/** The forward graph with the loss on top of it, before it is differentiated. */
export interface LossGraph {
  readonly model: Model;
  readonly builder: GraphBuilder;
  readonly inputs: readonly DataInput[];
  readonly labels: DataInput;
  readonly batchSize: number;
  readonly weights: string;
  /** Inputs, too. */
  readonly masks: readonly DropoutMask[];
  /** What a step changes beside the parameters. */
  readonly running: readonly RunningTensor[];
  readonly loss: string;
  readonly correct: string | undefined;
}

/**
 * Puts the loss of one batch on top of a forward graph.
 * @param known what running the forward graph on a batch told
 */
export function addLoss(
  model: Model,
  options: {
    readonly inputs: readonly DataInput[];
    readonly labels: Omit<DataInput, 'name'>;
    readonly batchSize: number;
    readonly loss: LossSettings;
    readonly known: KnownValues;
    /** Does BatchNormalization use the batch's statistics, or its running ones? */
    readonly statistics: 'batch' | 'running';
    /** Does Dropout drop? */
    readonly dropout: boolean;
    /** Does every example of every batch count? */
    readonly fullBatches: boolean;
  },
): LossGraph {
  const builder = GraphBuilder.extending(model.graph, 'train_');
  const { batchSize, known } = options;
  builder.inputs.length = 0;
  for (const { name, elementType, dims } of options.inputs) {
    builder.input(name, dataTypeOf(elementType), [batchSize, ...dims]);
  }
  const labels = { ...options.labels, name: builder.unique('labels') };
  builder.input(labels.name, dataTypeOf(labels.elementType), [batchSize, ...labels.dims]);
  const weights = builder.input(builder.unique('weights'), DATA_TYPE.float, [batchSize]);

  const masks = options.dropout ? useDropout(builder, known) : [];
  const running =
    options.statistics === 'batch'
      ? useBatchStatistics(builder, known, options.fullBatches ? undefined : weights)
      : [];
  const output = model.graph.outputs[0]?.name ?? '';
  const inputs: LossInputs = { output, type: known.type(output), labels: labels.name, weights };
  const loss = addLossNodes(builder, inputs, options.loss);
  return {
    model: { ...model, graph: builder.graph('loss') },
    builder,
    inputs: options.inputs,
    labels,
    batchSize,
    weights,
    masks,
    running,
    loss,
    correct: labelKind(options.loss) === 'classes' ? countCorrect(builder, inputs) : undefined,
  };
}
