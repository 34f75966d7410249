import type { ElementType, Values } from '../formats/nd-array.ts';

/** What goes between model-ci and the process that runs models: plain values, cloned on the way. */
export type Request =
  | {
      readonly kind: 'open';
      /** The package folder of onnxruntime-node. */
      readonly runtime: string;
      /** Threads within an operator; 0 leaves the choice to ONNX Runtime. */
      readonly threads: number;
    }
  | { readonly kind: 'load'; readonly path: string }
  | { readonly kind: 'run'; readonly model: number; readonly feeds: Feeds; readonly output: string }
  | { readonly kind: 'race'; readonly lanes: readonly Lane[]; readonly plan: RacePlan };

export interface Answers {
  readonly open: null;
  readonly load: LoadedModel;
  readonly run: Tensor;
  /** Milliseconds of each round, for each lane. */
  readonly race: readonly Float64Array[];
}

export type Answer =
  | { readonly ok: true; readonly value: Answers[keyof Answers] }
  | { readonly ok: false; readonly message: string };

export interface Tensor {
  readonly elementType: ElementType;
  readonly shape: readonly number[];
  readonly values: Values;
}

export type Feeds = Readonly<Record<string, Tensor>>;

export interface LoadedModel {
  /** How later requests name it. */
  readonly id: number;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** An input or an output of a model. */
export interface Port {
  readonly name: string;
  /** ONNX Runtime's name of the element type; undefined for what is no tensor. */
  readonly type: string | undefined;
  /** A string is a symbolic dimension. */
  readonly shape: readonly (number | string)[];
}

/** One model that takes part in a race, and the examples that it is given in turn. */
export interface Lane {
  readonly model: number;
  readonly feeds: readonly Feeds[];
}

export interface RacePlan {
  /** Each lane runs at least this often, and this long, before anything is measured. */
  readonly warmUpRounds: number;
  readonly warmUpMs: number;
  readonly minRounds: number;
  readonly maxRounds: number;
  /** No further round starts after this, once there are `minRounds`. */
  readonly budgetMs: number;
}
