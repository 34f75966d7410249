import { elementCount, type NdArray } from '../formats/nd-array.ts';
import type { OnnxRuntime } from '../inference/onnxruntime.ts';
import type { Model } from '../onnx/model.ts';
import { unrollRecurrent } from './autodiff/recurrent.ts';
import { withSideOutputs } from './autodiff/side-outputs.ts';
import { checkLoss, checkOutput, checkTrained } from './checks.ts';
import type { DropoutMask } from './dropout.ts';
import type { TrainingData, TrainingPlan } from './events.ts';
import { checkInputs, prepareLabels, takeRows } from './examples.ts';
import { fuseForTraining } from './fuse.ts';
import type { KnownValues } from './known-values.ts';
import { addLoss, type LossGraph } from './loss-graph.ts';
import { labelKind } from './losses.ts';
import type { Optimizer } from './optimizers.ts';
import { checkMemory, memoryAvailable, type MemoryNeeds } from './memory.ts';
import { probe, type Feeds } from './probe.ts';
import { runtimeTensor } from './tensors.ts';
import { buildTrainingLoop, type TrainingLoop } from './training-loop.ts';
import { addTrainingStep } from './training-step.ts';
import { Validator } from './validator.ts';

export interface Prepared {
  readonly loop: TrainingLoop;
  /** Initializers that training changes: parameters and running statistics. */
  readonly changed: readonly string[];
  /** With labels as the loss takes them. */
  readonly data: TrainingData;
  readonly validator: Validator | undefined;
}

/** Checks everything that can be wrong, and builds the training graph. */
export async function prepareTraining(
  runtime: OnnxRuntime,
  plan: TrainingPlan,
  optimizer: Optimizer,
): Promise<Prepared> {
  const { settings } = plan;
  const complete = { ...plan.model, graph: withSideOutputs(fuseForTraining(plan.model.graph)) };
  const examples = checkInputs(complete.graph, plan.data.inputs, plan.data.labels);
  checkTrained(complete, plan.trained);
  const rows = Array.from({ length: settings.batchSize }, (_, index) => index % examples);
  const batch = firstBatch(runtime, plan.data, rows);
  const forward = await probe(runtime, complete, batch);
  checkMemory(needsOf(plan, complete, forward, optimizer), memoryAvailable(), settings.batchSize);
  const model = { ...complete, graph: unrollRecurrent(complete.graph, forward, plan.trained) };
  const output = forward.type(model.graph.outputs[0]?.name ?? '').dims;
  checkOutput(output, settings.batchSize);

  const data = withLabels(plan, plan.data, output);
  const fullBatches = examples % settings.batchSize === 0;
  const lossGraph = lossOn(plan, {
    model,
    data,
    forward,
    statistics: plan.statistics,
    dropout: plan.dropout,
    fullBatches,
  });
  const ones = new Float32Array(rows.length).fill(1);
  const known = await probe(runtime, lossGraph.model, {
    ...batch,
    [lossGraph.labels.name]: tensorOf(runtime, takeRows(data.labels, rows)),
    [lossGraph.weights]: runtimeTensor(runtime, 'float32', ones, [rows.length]),
    ...openMasks(runtime, lossGraph.masks),
  });
  const step = addTrainingStep(lossGraph, {
    trained: plan.trained,
    optimizer,
    clipNorm: settings.optimizer.clipNorm,
    known,
  });
  const changed = [...plan.trained, ...lossGraph.running.map(({ name }) => name)];
  const validator = await prepareValidator(runtime, plan, { model, forward, output, changed });
  return { loop: buildTrainingLoop(lossGraph, step), changed, data, validator };
}

function needsOf(
  { data, trained }: TrainingPlan,
  { graph }: Model,
  forward: KnownValues,
  optimizer: Optimizer,
): MemoryNeeds {
  const chosen = new Set(trained);
  const sizes = graph.initializers
    .filter(({ name }) => chosen.has(name))
    .map(({ dims }) => Float32Array.BYTES_PER_ELEMENT * elementCount(dims));
  return {
    activations: forward.bytes(new Set(graph.initializers.map(({ name }) => name))),
    parameters: sizes.reduce((sum, size) => sum + size, 0),
    states: optimizer.state.length,
    data: Array.from(data.inputs.values()).reduce((sum, { values }) => sum + values.byteLength, 0),
  };
}

/** The same loss on the examples that are held out, as the model will be used. */
async function prepareValidator(
  runtime: OnnxRuntime,
  plan: TrainingPlan,
  task: {
    readonly model: Model;
    readonly forward: KnownValues;
    readonly output: readonly number[];
    readonly changed: readonly string[];
  },
): Promise<Validator | undefined> {
  if (!plan.validation) return undefined;
  const { model, forward, output, changed } = task;
  checkInputs(model.graph, plan.validation.inputs, plan.validation.labels);
  const data = withLabels(plan, plan.validation, output);
  const graph = lossOn(plan, {
    model,
    data,
    forward,
    statistics: 'running',
    dropout: false,
    fullBatches: false,
  });
  return Validator.create(runtime, graph, data, changed, plan.settings);
}

function withLabels(
  { settings }: TrainingPlan,
  data: TrainingData,
  output: readonly number[],
): TrainingData {
  const labels = prepareLabels(data.labels, labelKind(settings.loss), output.slice(1));
  checkLoss(settings.loss, output, labels);
  return { ...data, labels };
}

function lossOn(
  { settings }: TrainingPlan,
  task: {
    readonly model: Model;
    readonly data: TrainingData;
    readonly forward: KnownValues;
    readonly statistics: 'batch' | 'running';
    readonly dropout: boolean;
    readonly fullBatches: boolean;
  },
): LossGraph {
  const { inputs, labels } = task.data;
  return addLoss(task.model, {
    inputs: Array.from(inputs, ([name, array]) => ({ name, ...typeOf(array) })),
    labels: typeOf(labels),
    batchSize: settings.batchSize,
    loss: settings.loss,
    known: task.forward,
    statistics: task.statistics,
    dropout: task.dropout,
    fullBatches: task.fullBatches,
  });
}

/** Masks that let everything through. */
function openMasks(runtime: OnnxRuntime, masks: readonly DropoutMask[]): Feeds {
  return Object.fromEntries(
    masks.map(({ name, dims }) => {
      const values = new Uint8Array(elementCount(dims)).fill(1);
      return [name, runtimeTensor(runtime, 'uint8', values, dims)];
    }),
  );
}

function firstBatch(runtime: OnnxRuntime, data: TrainingData, rows: readonly number[]): Feeds {
  return Object.fromEntries(
    Array.from(data.inputs, ([name, array]) => [name, tensorOf(runtime, takeRows(array, rows))]),
  );
}

function typeOf({ elementType, shape }: NdArray) {
  return { elementType, dims: shape.slice(1) };
}

function tensorOf(runtime: OnnxRuntime, array: NdArray) {
  return runtimeTensor(runtime, array.elementType, array.values, array.shape);
}
