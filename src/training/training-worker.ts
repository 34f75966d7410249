import { parentPort, workerData } from 'node:worker_threads';
import { failureOf } from '../errors.ts';
import type { TrainingEvent, TrainingPlan } from './events.ts';
import { train } from './train.ts';

function emit(event: TrainingEvent): void {
  parentPort?.postMessage(event);
}

try {
  await train(workerData as TrainingPlan, emit);
} catch (thrown) {
  emit({ type: 'failed', failure: failureOf(thrown) });
}
