import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { elementCount, type NdArray } from '../formats/nd-array.ts';
import { readNpz } from '../formats/npz.ts';
import type { EpochScores, Scores } from './events.ts';
import { removeCheckpoint } from './checkpoint.ts';
import { EpochLog } from './epoch-log.ts';
import { modelFor } from './source-model.ts';
import type { TrainableModel } from './trainable-model.ts';
import type { FitSpec } from './spec.ts';
import { runTraining, type Trained, type TrainingListener } from './trainer.ts';

export interface FitTask {
  readonly spec: FitSpec;
  /** What paths of the spec are relative to, absolute. */
  readonly folder: string;
  /** The package folder of onnxruntime-node. */
  readonly runtime: string;
  readonly listener: TrainingListener;
  /** Asks to stop early; nothing is written then. */
  readonly signal: AbortSignal;
}

export interface FitResult {
  /** As in the spec. */
  readonly out: string;
  readonly stopped: boolean;
  /** Where a stopped run left its state. */
  readonly checkpoint: string;
  readonly examples: number;
  /** How many numbers were trained. */
  readonly parameters: number;
  readonly epochs: readonly EpochScores[];
  readonly seconds: number;
}

/**
 * Trains what `spec` describes and writes the model, and the metrics where the spec names a file.
 * @throws UserError for whatever is wrong with the data, the model or the files; then the files
 * are as they were before
 */
export async function fit(task: FitTask): Promise<FitResult> {
  const { spec } = task;
  const inputs = await readExamples(task);
  const model = await modelFor(spec, task.folder, inputs.byInput);
  const out = path.resolve(task.folder, spec.out);
  await checkWritable(out, spec.out);
  const log = await EpochLog.open(task.folder, spec.log);
  const epochs: EpochScores[] = [];
  const started = performance.now();
  const add = (scores: EpochScores) => {
    epochs.push(scores);
    log.add(scores);
  };
  const plan = planOf(task, model, inputs);
  const trained = await runTraining(
    plan,
    {
      progress: (progress) => {
        task.listener.progress(progress);
      },
      resumed: (step, earlier) => {
        earlier.forEach(add);
        task.listener.resumed(step, earlier);
      },
      epoch: (scores) => {
        add(scores);
        task.listener.epoch(scores);
      },
    },
    task.signal,
  );
  const seconds = (performance.now() - started) / 1000;
  if (!trained.stopped) {
    await save(task, model, trained, epochs.at(-1));
    removeCheckpoint(plan.checkpoint.file);
  }
  return {
    out: spec.out,
    stopped: trained.stopped,
    checkpoint: path.relative(task.folder, plan.checkpoint.file),
    examples: inputs.labels.shape[0] ?? 0,
    parameters: parameterCount(model),
    epochs,
    seconds,
  };
}

/** Not beside the model, where it would become a part of its snapshot. */
function defaultCheckpoint(out: string): string {
  const name = out.replaceAll(/[^A-Za-z0-9.-]+/g, '_');
  return path.join('.model-ci', 'checkpoints', `${name}.safetensors`);
}

interface Examples {
  readonly byInput: ReadonlyMap<string, NdArray>;
  readonly labels: NdArray;
}

/** Model input -> array; a single array goes to the only input, whatever that is called. */
async function readExamples({ spec, folder }: FitTask): Promise<Examples> {
  const { file, input, labels } = spec.data;
  const names = typeof input === 'string' ? { '': input } : input;
  const arrays = await readNpz(path.resolve(folder, file), [...Object.values(names), labels], file);
  const array = (name: string): NdArray => {
    const found = arrays.get(name);
    if (!found) throw new Error(`'${name}' was not read`);
    if (found.shape.length > 0) return found;
    throw new UserError(`${file}: '${name}' is a single number`, {
      hint: 'Arrays of a data set have one row for each example.',
    });
  };
  const byInput = new Map(Object.entries(names).map(([key, name]) => [key, array(name)]));
  return { byInput, labels: array(labels) };
}

function planOf({ spec, folder, runtime }: FitTask, model: TrainableModel, examples: Examples) {
  const { optimizer } = spec;
  return {
    runtime,
    checkpoint: {
      file: path.resolve(folder, spec.checkpoint.file ?? defaultCheckpoint(spec.out)),
      everySeconds: spec.checkpoint['every-seconds'],
    },
    model: model.model,
    trained: model.trained,
    statistics: model.statistics,
    data: { inputs: model.inputs, labels: examples.labels },
    settings: {
      loss: {
        name: spec.loss.name,
        labelSmoothing: spec.loss['label-smoothing'],
        classWeights: spec.loss['class-weights'],
        delta: spec.loss.delta,
      },
      learningRate: optimizer['learning-rate'],
      schedule: {
        name: optimizer.schedule.name,
        warmUp: optimizer.schedule['warm-up'],
        final: optimizer.schedule.final,
      },
      optimizer: {
        name: optimizer.name,
        weightDecay: optimizer['weight-decay'] ?? (optimizer.name === 'adamw' ? 0.01 : 0),
        decayed: optimizer['weight-decay-on'],
        clipNorm: optimizer['clip-norm'],
        momentum: optimizer.momentum,
        nesterov: optimizer.nesterov,
        betas: optimizer.betas,
        epsilon: optimizer.epsilon,
      },
      epochs: spec.epochs,
      batchSize: spec['batch-size'],
      seed: spec.seed,
      threads: spec.threads,
    },
  };
}

async function save(
  { spec, folder }: FitTask,
  model: TrainableModel,
  trained: Trained,
  last: Scores | undefined,
): Promise<void> {
  try {
    await model.save(path.resolve(folder, spec.out), trained.weights);
    if (spec.metrics === undefined || !last) return;
    const file = path.resolve(folder, spec.metrics);
    await mkdir(path.dirname(file), { recursive: true });
    await writeInOneStep(file, `${JSON.stringify(metricsOf(last), null, 2)}\n`);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`the trained model cannot be written: ${messageOf(cause)}`, {
      hint: `Is there room for ${spec.out}, and may its folder be written to?`,
      place: { file: spec.out },
      cause,
    });
  }
}

/** Only what is the same on every run: times would make each run a change. */
function metricsOf({ loss, accuracy }: Scores): Readonly<Record<string, number>> {
  const rounded = (value: number) => Number(value.toPrecision(6));
  return { loss: rounded(loss), ...(accuracy !== undefined && { accuracy: rounded(accuracy) }) };
}

async function writeInOneStep(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, file);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

/** Better to learn that before training than after. */
async function checkWritable(file: string, label: string): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    // Permissions alone do not tell: the folder may lie in a file system of another kind.
    const probe = `${file}.${process.pid}.tmp`;
    await writeFile(probe, '');
    await rm(probe);
  } catch (cause) {
    throw new UserError(`${label} cannot be written: ${messageOf(cause)}`, {
      hint: "Set 'out' to a file in a folder that you may write to.",
      place: { file: label },
      cause,
    });
  }
}

function parameterCount({ model, trained }: TrainableModel): number {
  const names = new Set(trained);
  return model.graph.initializers
    .filter(({ name }) => names.has(name))
    .reduce((count, { dims }) => count + elementCount(dims), 0);
}
