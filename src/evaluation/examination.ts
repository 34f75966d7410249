import type { ModelDiff } from '../onnx/diff/index.ts';
import type { EvaluationPolicy } from '../project/evaluation-policy.ts';
import type { Log } from '../runner/ports.ts';
import type { DataSet } from './data-set.ts';
import type { Inference, Subject } from './evaluation.ts';
import type { LatencyComparison } from './latency.ts';
import type { Scored } from './tasks/task.ts';

/** What candidate and baseline are asked. */
export interface Examination {
  readonly workspace: string;
  readonly policy: EvaluationPolicy;
  readonly candidate: Subject;
  readonly baseline: Subject | undefined;
  readonly data: DataSet;
  /** What changed from the baseline; undefined without one, and where they are no ONNX models. */
  readonly diff: ModelDiff | undefined;
  readonly log: Log;
}

/** A model with what its answers are worth. */
export interface Answered {
  readonly subject: Subject;
  readonly scored: Scored;
  readonly inference: Inference;
}

/** What came of an examination. */
export interface Examined {
  readonly candidate: Answered;
  /** Undefined without one, and where it cannot answer the same questions. */
  readonly baseline: Answered | undefined;
  readonly latency: LatencyComparison | undefined;
  readonly threads: number;
}
