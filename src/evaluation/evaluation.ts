import type { DataFinding } from '../data/index.ts';
import type { ModelDiff } from '../onnx/diff/index.ts';
import type { Conduct } from '../inference/engine.ts';
import type { Provider } from '../project/inference-policy.ts';
import type { TaskName } from '../project/metric-names.ts';
import type { CardDiff, ModelCard } from './card-diff.ts';
import type { Comparison } from './comparison.ts';
import type { Flips } from './flips.ts';
import type { GateResult } from './gates.ts';
import type { LatencyComparison } from './latency.ts';
import type { Slice } from './slices.ts';
import type { Pairs } from './statistics/paired.ts';
import type { Details } from './tasks/task.ts';
import type { Verdict } from './verdict.ts';

/** A model that takes part, as it lies on this machine. */
export interface Subject {
  /** `digits`, `digits@v1.0.0`, or a path. */
  readonly name: string;
  readonly digest: string;
  /** Its folder, or its only file; absolute. */
  readonly path: string;
  /** The .onnx file, absolute; undefined where a command runs a model of another format. */
  readonly file: string | undefined;
  /** Of the model's files together. */
  readonly bytes: number;
  /** Undefined where the model has none. */
  readonly card: ModelCard | undefined;
}

export interface Contender {
  readonly name: string;
  readonly digest: string;
  readonly bytes: number;
  readonly inference: Inference;
  readonly details: Details;
}

/** How a model was run over the test set. */
export type Inference = EngineInference | CommandInference | NoInference;

export interface EngineInference extends Conduct {
  readonly by: 'engine';
  readonly provider: Provider;
  /** Why that is not the one that the policy asks for. */
  readonly fallback: string | undefined;
}

export interface CommandInference {
  readonly by: 'command';
  readonly command: string;
  readonly seconds: number;
  /** Metrics are of all examples at once: nothing tells what of a difference is chance. */
  readonly gives: 'predictions' | 'metrics';
}

/** A candidate of another interface than its baseline's, which could not be asked. */
export interface NoInference {
  readonly by: 'none';
  readonly why: string;
}

/** What an evaluation found; every report is made from it and adds nothing. */
export interface Evaluation {
  readonly verdict: Verdict;
  readonly gates: readonly GateResult[];
  readonly confidence: number;
  readonly candidate: Contender;
  readonly baseline: Contender | undefined;
  /** What changed from the baseline; undefined without one. */
  readonly diff: ModelDiff | undefined;
  /** How its card changed; undefined without a baseline, and where it says the same. */
  readonly card: CardDiff | undefined;
  /** Breaking changes of the interface that the policy does not allow. */
  readonly breaks: readonly string[];
  readonly data: {
    readonly file: string;
    readonly examples: number;
    /** What the policy has them checked for, worst first. */
    readonly findings: readonly DataFinding[];
  };
  readonly task: TaskName;
  readonly qualities: readonly Comparison[];
  readonly slices: readonly Slice[];
  /** Undefined where a command answered: nothing runs two of them in turn. */
  readonly latency: LatencyComparison | undefined;
  /** How many examples came out differently, and whether that could be chance. */
  readonly pairs: (Pairs & { readonly chance: number }) | undefined;
  readonly flips: Flips | undefined;
  readonly machine: {
    readonly platform: string;
    readonly processor: string;
    readonly threads: number;
  };
}
