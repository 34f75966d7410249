import { UserError } from '../errors.ts';
import type { NdArray } from '../formats/nd-array.ts';
import type { OnnxRuntime } from '../inference/onnxruntime.ts';
import { DATA_TYPE, type Model } from '../onnx/model.ts';
import { withSideOutputs } from './autodiff/side-outputs.ts';
import type { TrainingPlan } from './events.ts';
import { checkInputs, prepareLabels, takeRows } from './examples.ts';
import { addLoss } from './loss-graph.ts';
import { labelKind, type LossSettings } from './losses.ts';
import type { Optimizer } from './optimizers.ts';
import { probe, type Feeds } from './probe.ts';
import { runtimeTensor } from './tensors.ts';
import { buildTrainingLoop, type TrainingLoop } from './training-loop.ts';
import { addTrainingStep } from './training-step.ts';

export interface Prepared {
  readonly loop: TrainingLoop;
  /** Initializers that training changes: parameters and running statistics. */
  readonly changed: readonly string[];
  /** As the loss takes them. */
  readonly labels: NdArray;
}

/** Checks everything that can be wrong, and builds the training graph. */
export async function prepareTraining(
  runtime: OnnxRuntime,
  plan: TrainingPlan,
  optimizer: Optimizer,
): Promise<Prepared> {
  const { data, settings } = plan;
  const model = { ...plan.model, graph: withSideOutputs(plan.model.graph) };
  const examples = checkInputs(model.graph, data.inputs, data.labels);
  checkTrained(model, plan.trained);
  const rows = Array.from({ length: settings.batchSize }, (_, index) => index % examples);
  const batch = Object.fromEntries(
    Array.from(data.inputs, ([name, array]) => [name, tensorOf(runtime, takeRows(array, rows))]),
  );
  const forward = await probe(runtime, model, batch);
  const output = forward.type(model.graph.outputs[0]?.name ?? '');
  checkOutput(output.dims, settings.batchSize);
  const labels = prepareLabels(data.labels, labelKind(settings.loss), output.dims.slice(1));

  checkLoss(settings.loss, output.dims, labels);
  const lossGraph = addLoss(model, {
    inputs: Array.from(data.inputs, ([name, array]) => inputOf(name, array)),
    labels: inputOf('', labels),
    batchSize: settings.batchSize,
    loss: settings.loss,
    known: forward,
    statistics: plan.statistics,
    fullBatches: examples % settings.batchSize === 0,
  });
  const feeds: Feeds = {
    ...batch,
    [lossGraph.labels.name]: tensorOf(runtime, takeRows(labels, rows)),
    [lossGraph.weights]: runtimeTensor(runtime, 'float32', new Float32Array(rows.length).fill(1), [
      rows.length,
    ]),
  };
  const known = await probe(runtime, lossGraph.model, feeds);
  const step = addTrainingStep(lossGraph, {
    trained: plan.trained,
    optimizer,
    clipNorm: settings.optimizer.clipNorm,
    known,
  });
  const changed = [...plan.trained, ...lossGraph.running.map(({ name }) => name)];
  return { loop: buildTrainingLoop(lossGraph, step), changed, labels };
}

function checkLoss(
  { name, classWeights }: LossSettings,
  output: readonly number[],
  { values }: NdArray,
): void {
  const classes = output.at(-1) ?? 0;
  if (classWeights && classWeights.length !== classes) {
    throw new UserError(`there are ${classWeights.length} class weights for ${classes} classes`, {
      hint: "Give one number a class in 'loss: class-weights'.",
    });
  }
  if (name !== 'binary-cross-entropy' || !(values instanceof Float32Array)) return;
  const bad = values.findIndex((value) => value < 0 || value > 1);
  if (bad === -1) return;
  throw new UserError(`label ${bad} is ${values[bad] ?? NaN}, no probability`, {
    hint: 'Binary cross-entropy needs labels from 0 to 1.',
  });
}

function checkOutput(dims: readonly number[], batchSize: number): void {
  if (dims[0] === batchSize) return;
  throw new UserError(`the model gives [${dims.join(', ')}] for a batch of ${batchSize} examples`, {
    hint: 'The first dimension of its first output must be the batch.',
  });
}

function inputOf(name: string, { elementType, shape }: NdArray) {
  return { name, elementType, dims: shape.slice(1) };
}

function tensorOf(runtime: OnnxRuntime, array: NdArray) {
  return runtimeTensor(runtime, array.elementType, array.values, array.shape);
}

function checkTrained(model: Model, trained: readonly string[]): void {
  if (trained.length === 0) {
    throw new UserError('the model has nothing to train', {
      hint: "Add a layer with weights, such as 'dense'.",
    });
  }
  const tensors = new Map(model.graph.initializers.map((tensor) => [tensor.name, tensor]));
  for (const name of trained) {
    if (tensors.get(name)?.dataType === DATA_TYPE.float) continue;
    throw new UserError(`'${name}' is not a float32 tensor`, {
      hint: 'Only float32 weights can be trained: export the model in float32.',
    });
  }
}
