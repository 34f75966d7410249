import { openRuntime } from '../inference/onnxruntime.ts';
import { loadCheckpoint, planDigest, removeLeftovers } from './checkpoint.ts';
import type { TrainingEvent, TrainingPlan } from './events.ts';
import { createOptimizer } from './optimizers.ts';
import { checkDevice } from './device.ts';
import { prepareTraining } from './prepare.ts';
import { StepSource } from './step-source.ts';
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
  await checkDevice(runtime, plan.settings.device);
  const optimizer = createOptimizer(plan.settings.optimizer);
  const { loop, data, changed, validator } = await prepareTraining(runtime, plan, optimizer);
  const stepper = await Stepper.create(runtime, loop, data, plan.settings);
  try {
    const digest = planDigest(plan);
    const source = new StepSource(plan, optimizer, loop.masks);
    const run = new TrainingRun({ plan, digest, source, stepper, changed, validator, emit });
    if (plan.checkpoint) removeLeftovers(plan.checkpoint.file);
    const checkpoint = plan.checkpoint && loadCheckpoint(plan.checkpoint.file, digest);
    if (checkpoint) run.resume(checkpoint);
    const stopped = await run.toEnd();
    emit({ type: 'finished', stopped, ...run.result() });
  } finally {
    await stepper.release();
    await validator?.release();
  }
}
