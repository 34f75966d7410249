import { batchesPerEpoch, epochOrder, takeBatches } from './batches.ts';
import { mostMaskedSteps, takeMasks, type DropoutMask } from './dropout.ts';
import type { TrainingPlan } from './events.ts';
import type { Optimizer } from './optimizers.ts';
import { scheduleAt } from './schedule.ts';
import type { StepFeeds } from './stepper.ts';

/**
 * What each step of a run is fed with. It depends on the seed and the number of the step alone, so
 * a run that goes on from a checkpoint gets the same.
 */
export class StepSource {
  readonly stepsPerEpoch: number;
  /** Of the whole run. */
  readonly steps: number;
  private readonly settings: TrainingPlan['settings'];
  private readonly examples: number;
  private readonly optimizer: Optimizer;
  private readonly masks: readonly DropoutMask[];
  private order: { readonly epoch: number; readonly examples: Int32Array };

  constructor({ data, settings }: TrainingPlan, optimizer: Optimizer, masks: StepSource['masks']) {
    this.settings = settings;
    this.examples = data.labels.shape[0] ?? 0;
    this.stepsPerEpoch = batchesPerEpoch(this.examples, settings.batchSize);
    this.steps = this.stepsPerEpoch * settings.epochs;
    this.optimizer = optimizer;
    this.masks = masks;
    this.order = { epoch: 0, examples: new Int32Array() };
  }

  /**
   * For steps of one epoch: at most `wish`, and as many as are left of it and fit into memory.
   * @param done steps of the run before the first of these
   */
  take(done: number, wish: number): StepFeeds {
    const { batchSize, seed } = this.settings;
    const first = done % this.stepsPerEpoch;
    const most = Math.min(this.stepsPerEpoch - first, mostMaskedSteps(this.masks));
    const count = Math.min(wish, most);
    const order = this.orderOf(Math.floor(done / this.stepsPerEpoch) + 1);
    return {
      batches: takeBatches(order, batchSize, first, count),
      scalars: this.scalars(done, count),
      masks: takeMasks(this.masks, seed, done + 1, count),
    };
  }

  private orderOf(epoch: number): Int32Array {
    if (this.order.epoch !== epoch) {
      this.order = { epoch, examples: epochOrder(this.settings.seed, epoch, this.examples) };
    }
    return this.order.examples;
  }

  private scalars(done: number, count: number): readonly Float32Array[] {
    const { learningRate, schedule } = this.settings;
    const columns = this.optimizer.scalars.map(() => new Float32Array(count));
    for (let index = 0; index < count; index++) {
      const step = done + index + 1;
      const share = scheduleAt(schedule, step, this.steps);
      const values = this.optimizer.scalarsAt(step, learningRate * share);
      columns.forEach((column, scalar) => {
        column[index] = values[scalar] ?? 0;
      });
    }
    return columns;
  }
}
