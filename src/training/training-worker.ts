import { parentPort, workerData } from 'node:worker_threads';
import { EnvironmentError, messageOf, UserError } from '../errors.ts';
import type { Failure, TrainingEvent, TrainingPlan } from './events.ts';
import { train } from './train.ts';

function emit(event: TrainingEvent): void {
  parentPort?.postMessage(event);
}

function failureOf(thrown: unknown): Failure {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  const message = messageOf(thrown);
  if (!(thrown instanceof UserError)) return { kind: 'bug', message, hint: '', stack };
  const kind = thrown instanceof EnvironmentError ? 'environment' : 'user';
  return { kind, message, hint: thrown.hint, stack };
}

try {
  await train(workerData as TrainingPlan, emit);
} catch (thrown) {
  emit({ type: 'failed', failure: failureOf(thrown) });
}
