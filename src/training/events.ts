import type { Failure } from '../errors.ts';
import type { NdArray } from '../formats/nd-array.ts';
import type { Model } from '../onnx/model.ts';
import type { Device } from './device.ts';
import type { LossSettings } from './losses.ts';
import type { OptimizerSettings } from './optimizers.ts';
import type { Schedule } from './schedule.ts';

/** Everything that training needs, as it is sent to the worker thread. */
export interface TrainingPlan {
  /** The package folder of onnxruntime-node. */
  readonly runtime: string;
  /** All tensors in memory. */
  readonly model: Model;
  /** The initializers that training changes. */
  readonly trained: readonly string[];
  /** Whether BatchNormalization uses the statistics of the batch, or its running ones. */
  readonly statistics: 'batch' | 'running';
  /** Whether Dropout drops. */
  readonly dropout: boolean;
  readonly data: TrainingData;
  readonly settings: TrainingSettings;
  /** Examples to measure on after each epoch, never trained on. */
  readonly validation: TrainingData | undefined;
  readonly checkpoint: CheckpointPlace | undefined;
  /** One int32: anything but 0 asks to stop after the current chunk. */
  readonly stop: SharedArrayBuffer;
}

export interface CheckpointPlace {
  /** Absolute. */
  readonly file: string;
  readonly everySeconds: number;
}

export interface TrainingData {
  /** By the model's inputs; the first axis counts the examples. */
  readonly inputs: ReadonlyMap<string, NdArray>;
  /** int64 class indices, or float32 values. */
  readonly labels: NdArray;
}

export interface TrainingSettings {
  readonly loss: LossSettings;
  readonly optimizer: OptimizerSettings;
  readonly learningRate: number;
  readonly schedule: Schedule;
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly threads: number;
  readonly device: Device;
  readonly earlyStopping: EarlyStopping | undefined;
}

/** Stops after `patience` epochs without a better one; the weights of the best are kept. */
export interface EarlyStopping {
  readonly metric: 'loss' | 'accuracy';
  readonly patience: number;
}

/** Means over examples. `accuracy` is undefined where labels are not classes. */
export interface Scores {
  readonly loss: number;
  readonly accuracy?: number | undefined;
}

export interface Progress extends Scores {
  /** Counted from 1. */
  readonly epoch: number;
  /** Steps done, of all steps of the run. */
  readonly step: number;
  readonly steps: number;
  readonly samplesPerSecond: number;
  readonly secondsLeft: number;
}

export interface EpochScores extends Scores {
  readonly epoch: number;
  readonly step: number;
  readonly seconds: number;
  /** On the examples that are held out. */
  readonly validation?: Scores | undefined;
}

/** Trained values by the name of their initializer, little-endian. */
export type Weights = ReadonlyMap<string, Uint8Array>;

/** What the worker thread tells. `finished` and `failed` are the last. */
export type TrainingEvent =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'epoch'; readonly scores: EpochScores }
  /** Goes on from a checkpoint, after `step` steps and these epochs. */
  | { readonly type: 'resumed'; readonly step: number; readonly epochs: readonly EpochScores[] }
  | {
      readonly type: 'finished';
      readonly weights: Weights;
      readonly stopped: boolean;
      /** Whose weights these are. */
      readonly epoch: number;
    }
  | { readonly type: 'failed'; readonly failure: Failure };
