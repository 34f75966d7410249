import { UserError } from '../errors.ts';
import { openRuntime, type OnnxRuntime } from '../inference/onnxruntime.ts';
import { DATA_TYPE, type Model } from '../onnx/model.ts';
import { batchesPerEpoch, epochOrder, takeBatches } from './batches.ts';
import type { Progress, TrainingEvent, TrainingPlan, Weights } from './events.ts';
import { checkInputs, prepareLabels, takeRows } from './examples.ts';
import type { NdArray } from '../formats/nd-array.ts';
import { LOSSES } from './losses.ts';
import { createOptimizer, type Optimizer } from './optimizers.ts';
import { probe, type Feeds } from './probe.ts';
import { Stepper, type StepResults } from './stepper.ts';
import { runtimeTensor } from './tensors.ts';
import { addLoss } from './loss-graph.ts';
import { buildTrainingLoop, type TrainingLoop } from './training-loop.ts';
import { addTrainingStep } from './training-step.ts';

/** How long one run of the training graph should take: often enough to show, stop and save. */
const CHUNK_SECONDS = 1;

/**
 * Trains a model; runs in the worker thread, where ONNX Runtime may block.
 * @param emit is called with everything but failures, which are thrown
 */
export async function train(
  plan: TrainingPlan,
  emit: (event: TrainingEvent) => void,
): Promise<void> {
  const runtime = openRuntime(plan.runtime);
  const { settings } = plan;
  const optimizer = createOptimizer(settings.optimizer);
  const { loop, labels } = await prepare(runtime, plan, optimizer);
  const data = { inputs: plan.data.inputs, labels };
  const stepper = await Stepper.create(runtime, loop, data, settings.threads);
  try {
    const run = new TrainingRun(plan, optimizer, stepper, emit);
    const stopped = await run.epochs();
    emit({ type: 'finished', weights: trainedWeights(plan, stepper), stopped });
  } finally {
    await stepper.release();
  }
}

/** Checks everything that can be wrong, and builds the training graph. */
async function prepare(
  runtime: OnnxRuntime,
  plan: TrainingPlan,
  optimizer: Optimizer,
): Promise<{ loop: TrainingLoop; labels: NdArray }> {
  const { model, data, settings } = plan;
  const examples = checkInputs(model.graph, data.inputs, data.labels);
  checkTrained(model, plan.trained);
  const loss = LOSSES[settings.loss];
  const rows = Array.from({ length: settings.batchSize }, (_, index) => index % examples);
  const batch = Object.fromEntries(
    Array.from(data.inputs, ([name, array]) => [name, tensorOf(runtime, takeRows(array, rows))]),
  );
  const forward = await probe(runtime, model, batch);
  const output = forward.type(model.graph.outputs[0]?.name ?? '');
  checkOutput(output.dims, settings.batchSize);
  const labels = prepareLabels(data.labels, loss, output.dims.slice(1));

  const lossGraph = addLoss(model, {
    inputs: Array.from(data.inputs, ([name, array]) => inputOf(name, array)),
    labels: inputOf('', labels),
    batchSize: settings.batchSize,
    loss: settings.loss,
    known: forward,
  });
  const feeds: Feeds = {
    ...batch,
    [lossGraph.labels.name]: tensorOf(runtime, takeRows(labels, rows)),
    [lossGraph.weights]: runtimeTensor(runtime, 'float32', new Float32Array(rows.length).fill(1), [
      rows.length,
    ]),
  };
  const known = await probe(runtime, lossGraph.model, feeds);
  const step = addTrainingStep(lossGraph, { trained: plan.trained, optimizer, known });
  return { loop: buildTrainingLoop(lossGraph, step), labels };
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

function trainedWeights(plan: TrainingPlan, stepper: Stepper): Weights {
  const state = stepper.state();
  return new Map(plan.trained.map((name) => [name, Uint8Array.from(state.get(name) ?? [])]));
}

/** Sums over the examples of an epoch so far. */
interface Totals {
  loss: number;
  correct: number;
  examples: number;
}

class TrainingRun {
  private readonly plan: TrainingPlan;
  private readonly optimizer: Optimizer;
  private readonly stepper: Stepper;
  private readonly emit: (event: TrainingEvent) => void;
  private readonly stop: Int32Array;
  private readonly examples: number;
  private readonly stepsPerEpoch: number;
  private step = 0;
  /** The first chunk is one step, whose time says how long the next may be. */
  private chunkSteps = 1;
  private readonly started = performance.now();

  constructor(
    plan: TrainingPlan,
    optimizer: Optimizer,
    stepper: Stepper,
    emit: (event: TrainingEvent) => void,
  ) {
    this.plan = plan;
    this.optimizer = optimizer;
    this.stepper = stepper;
    this.emit = emit;
    this.stop = new Int32Array(plan.stop);
    this.examples = plan.data.labels.shape[0] ?? 0;
    this.stepsPerEpoch = batchesPerEpoch(this.examples, plan.settings.batchSize);
  }

  /** Returns whether it was asked to stop before the end. */
  async epochs(): Promise<boolean> {
    for (let epoch = 1; epoch <= this.plan.settings.epochs; epoch++) {
      if (await this.epoch(epoch)) return true;
    }
    return false;
  }

  private async epoch(epoch: number): Promise<boolean> {
    const { seed, batchSize } = this.plan.settings;
    const order = epochOrder(seed, epoch, this.examples);
    const totals: Totals = { loss: 0, correct: 0, examples: 0 };
    const started = performance.now();
    for (let first = 0; first < this.stepsPerEpoch;) {
      const count = Math.min(this.chunkSteps, this.stepsPerEpoch - first);
      const batches = takeBatches(order, batchSize, first, count);
      const from = performance.now();
      const results = await this.stepper.run(batches, this.scalars(count));
      this.chunkSteps = chunkFor((performance.now() - from) / count);
      this.add(totals, results, { epoch, first, count });
      first += count;
      this.step += count;
      this.emit({ type: 'progress', progress: this.progress(epoch, totals) });
      if (Atomics.load(this.stop, 0) !== 0) return true;
    }
    const seconds = (performance.now() - started) / 1000;
    this.emit({
      type: 'epoch',
      scores: { epoch, step: this.step, seconds, ...this.means(totals) },
    });
    return false;
  }

  private scalars(count: number): readonly Float32Array[] {
    const { learningRate } = this.plan.settings;
    const columns = this.optimizer.scalars.map(() => new Float32Array(count));
    for (let index = 0; index < count; index++) {
      const values = this.optimizer.scalarsAt(this.step + index + 1, learningRate);
      columns.forEach((column, scalar) => {
        column[index] = values[scalar] ?? 0;
      });
    }
    return columns;
  }

  private add(
    totals: Totals,
    results: StepResults,
    chunk: { readonly epoch: number; readonly first: number; readonly count: number },
  ): void {
    const { batchSize } = this.plan.settings;
    results.losses.forEach((loss, index) => {
      if (!Number.isFinite(loss)) {
        throw diverged(loss, chunk.epoch, this.step + index + 1);
      }
      const start = (chunk.first + index) * batchSize;
      const examples = Math.min(batchSize, this.examples - start);
      totals.loss += loss * examples;
      totals.correct += results.corrects?.[index] ?? 0;
      totals.examples += examples;
    });
  }

  private means(totals: Totals) {
    const classes = LOSSES[this.plan.settings.loss].labels === 'classes';
    return {
      loss: totals.loss / totals.examples,
      accuracy: classes ? totals.correct / totals.examples : undefined,
    };
  }

  private progress(epoch: number, totals: Totals): Progress {
    const steps = this.stepsPerEpoch * this.plan.settings.epochs;
    const seconds = (performance.now() - this.started) / 1000;
    const done = (epoch - 1) * this.examples + totals.examples;
    return {
      epoch,
      step: this.step,
      steps,
      samplesPerSecond: done / seconds,
      secondsLeft: (seconds / this.step) * (steps - this.step),
      ...this.means(totals),
    };
  }
}

function chunkFor(millisecondsPerStep: number): number {
  return Math.max(1, Math.round((CHUNK_SECONDS * 1000) / Math.max(millisecondsPerStep, 0.01)));
}

function diverged(loss: number, epoch: number, step: number): UserError {
  return new UserError(`the loss is ${loss} at step ${step}, in epoch ${epoch}`, {
    hint: 'Lower the learning rate, or look for extreme values in the data.',
  });
}
