import type { ElementType, Values } from '../formats/nd-array.ts';
import type { Provider } from '../project/inference-policy.ts';

/** What a thread that runs models is asked for: plain values. */
export type Request =
  | {
      readonly kind: 'open';
      /** The package folder of onnxruntime-node, or of onnxruntime-web. */
      readonly runtime: string;
    }
  | {
      readonly kind: 'load';
      readonly path: string;
      /** Threads within an operator; 0 leaves the choice to ONNX Runtime. */
      readonly threads: number;
      readonly provider: Provider;
    }
  | { readonly kind: 'unload'; readonly model: number }
  | {
      readonly kind: 'run';
      readonly model: number;
      readonly feeds: Feeds;
      readonly output: string;
      /** Rows of the feeds that go together; all of them unless given. */
      readonly batch?: number | undefined;
    }
  | { readonly kind: 'race'; readonly lanes: readonly Lane[]; readonly plan: RacePlan };

export type RequestOf<K extends Request['kind']> = Extract<Request, { kind: K }>;

export interface Answers {
  readonly open: null;
  readonly load: LoadedModel;
  readonly unload: null;
  readonly run: Ran;
  /** Milliseconds of each round, for each lane. */
  readonly race: readonly Float64Array[];
}

/** To the request that waits for longest. */
export type Answer =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

export interface Ran {
  readonly tensor: Tensor;
  /** How long it took, told by the thread: whoever asked may have been busy when it was done. */
  readonly ms: number;
  /** What the process takes after it. */
  readonly residentBytes: number;
}

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
  /** What runs it: ONNX Runtime does not say so, and never falls back by itself. */
  readonly provider: Provider;
  /** Why that is not the one that was asked for. */
  readonly fallback: string | undefined;
  /** How much memory the process took for it. */
  readonly residentBytes: number;
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
