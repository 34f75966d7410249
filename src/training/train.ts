import { openRuntime } from '../inference/onnxruntime.ts';
import { loadCheckpoint, planDigest } from './checkpoint.ts';
import type { TrainingEvent, TrainingPlan, Weights } from './events.ts';
import { createOptimizer } from './optimizers.ts';
import { prepareTraining } from './prepare.ts';
import { Stepper } from './stepper.ts';
import { TrainingRun } from './training-run.ts';

/**
 * Trains a model; runs in the worker thread, where ONNX Runtime may block.
 * @param emit is called with everything but failures, which are thrown
 */
export async function train(
  plan: TrainingPlan,
  emit: (event: TrainingEvent) => void,
): Promise<void> {
  const runtime = openRuntime(plan.runtime);
  const { settings, checkpoint: place } = plan;
  const optimizer = createOptimizer(settings.optimizer);
  const { loop, changed, labels } = await prepareTraining(runtime, plan, optimizer);
  const data = { inputs: plan.data.inputs, labels };
  const stepper = await Stepper.create(runtime, loop, data, settings.threads);
  try {
    const digest = planDigest(plan);
    const checkpoint = place && loadCheckpoint(place.file, digest);
    if (checkpoint) {
      stepper.restore(checkpoint.tensors);
      emit({ type: 'resumed', step: checkpoint.position.step, epochs: checkpoint.position.epochs });
    }
    const run = new TrainingRun({ plan, digest, optimizer, stepper, emit }, checkpoint?.position);
    const stopped = await run.toEnd();
    emit({ type: 'finished', weights: changedWeights(changed, stepper), stopped });
  } finally {
    await stepper.release();
  }
}

function changedWeights(changed: readonly string[], stepper: Stepper): Weights {
  const state = stepper.state();
  return new Map(changed.map((name) => [name, Uint8Array.from(state.get(name) ?? [])]));
}
