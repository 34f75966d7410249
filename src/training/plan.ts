import path from 'node:path';
import type { NdArray } from '../formats/nd-array.ts';
import type { DataSet } from './data-set.ts';
import type { CheckpointPlace, TrainingPlan, TrainingSettings } from './events.ts';
import type { FitSpec } from './spec.ts';
import type { TrainableModel } from './trainable-model.ts';

/** What the worker thread is sent. */
export function planOf(task: {
  readonly spec: FitSpec;
  readonly folder: string;
  readonly runtime: string;
  readonly model: TrainableModel;
  readonly data: DataSet;
}): Omit<TrainingPlan, 'stop' | 'checkpoint'> & { readonly checkpoint: CheckpointPlace } {
  const { spec, folder, runtime, model } = task;
  const { training, validation } = task.data;
  return {
    runtime,
    model: model.model,
    trained: model.trained,
    statistics: model.statistics,
    dropout: model.dropout,
    data: { inputs: model.inputs, labels: training.labels },
    validation: validation && {
      inputs: sameNames(model.inputs, validation.byInput),
      labels: validation.labels,
    },
    checkpoint: {
      file: path.resolve(folder, spec.checkpoint.file ?? defaultCheckpoint(spec.out)),
      everySeconds: spec.checkpoint['every-seconds'],
    },
    settings: settingsOf(spec),
  };
}

function settingsOf(spec: FitSpec): TrainingSettings {
  const { optimizer } = spec;
  return {
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
    device: spec.device,
    earlyStopping: spec['early-stopping'],
  };
}

/** Not beside the model, where it would become a part of its snapshot. */
function defaultCheckpoint(out: string): string {
  const name = out.replaceAll(/[^A-Za-z0-9.-]+/g, '_');
  return path.join('.model-ci', 'checkpoints', `${name}.safetensors`);
}

/** Validation data by the names that the training data have in the model. */
function sameNames(
  named: ReadonlyMap<string, NdArray>,
  arrays: ReadonlyMap<string, NdArray>,
): ReadonlyMap<string, NdArray> {
  const single = arrays.get('');
  return single ? new Map(Array.from(named.keys(), (name) => [name, single])) : arrays;
}
