import { UserError } from '../../errors.ts';
import { COST_METRICS, type EvaluationPolicy } from '../../project/evaluation-policy.ts';
import type { QualityMetric, TaskName } from '../../project/metric-names.ts';
import { POLICY_FILE } from '../../project/policy.ts';
import type { MetricInfo } from '../metrics/metric.ts';
import { classification } from './classification.ts';
import { embeddings } from './embeddings.ts';
import { languageModel } from './language-model.ts';
import { multilabel } from './multilabel.ts';
import { objectDetection } from './object-detection.ts';
import { regression } from './regression.ts';
import { retrieval } from './retrieval.ts';
import type { Task } from './task.ts';
import { tokenClassification } from './token-classification.ts';

/** What a model can be evaluated as, by the name that the policy uses. */
export const TASKS: Readonly<Record<TaskName, Task>> = {
  classification,
  multilabel,
  regression,
  'token-classification': tokenClassification,
  'object-detection': objectDetection,
  embeddings,
  retrieval,
  'language-model': languageModel,
};

/** @throws UserError where a gate asks for a metric that the task does not have. */
export function checkGates({ name, metrics }: Task, gates: EvaluationPolicy['gates']): void {
  const has = new Set<string>([...COST_METRICS, ...metrics.map((metric) => metric.name)]);
  const unknown = Object.keys(gates).find((metric) => !has.has(metric));
  if (unknown === undefined) return;
  throw new UserError(`${name} has no metric '${unknown}', and a gate asks for it`, {
    hint: `It has: ${[...has].join(', ')}. Set evaluation.task in the policy where the model does something else.`,
    place: { file: POLICY_FILE },
  });
}

const INFO = new Map(
  Object.values(TASKS).flatMap(({ metrics }) => metrics.map((metric) => [metric.name, metric])),
);

/** A metric's title, unit and direction; the tasks that share a name mean the same by it. */
export function metricInfo(name: QualityMetric): MetricInfo {
  const info = INFO.get(name);
  if (info) return info;
  throw new Error(`no task has the metric ${name}`);
}
