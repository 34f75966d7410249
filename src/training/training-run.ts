import { UserError } from '../errors.ts';
import { batchesPerEpoch, epochOrder, takeBatches } from './batches.ts';
import { saveCheckpoint, type Position } from './checkpoint.ts';
import type { Progress, Scores, TrainingEvent, TrainingPlan } from './events.ts';
import { labelKind } from './losses.ts';
import type { Optimizer } from './optimizers.ts';
import { scheduleAt } from './schedule.ts';
import type { Stepper, StepResults } from './stepper.ts';

/** How long one run of the training loop should take: often enough to show, stop and save. */
const CHUNK_SECONDS = 1;

interface Parts {
  readonly plan: TrainingPlan;
  /** Of the plan, for its checkpoints. */
  readonly digest: string;
  readonly optimizer: Optimizer;
  readonly stepper: Stepper;
  readonly emit: (event: TrainingEvent) => void;
}

/** The way through the epochs, chunk by chunk, from the beginning or from a checkpoint. */
export class TrainingRun {
  private readonly parts: Parts;
  private readonly stop: Int32Array;
  private readonly examples: number;
  private readonly stepsPerEpoch: number;
  /** Of the whole run. */
  private readonly steps: number;
  private readonly position: Position;
  private readonly firstStep: number;
  private order: { readonly epoch: number; readonly examples: Int32Array };
  /** The first chunk is one step, whose time says how long the next may be. */
  private chunkSteps = 1;
  private readonly started = performance.now();
  private epochStarted = performance.now();
  private saved = performance.now();

  constructor(parts: Parts, position: Position | undefined) {
    const { plan } = parts;
    this.parts = parts;
    this.stop = new Int32Array(plan.stop);
    this.examples = plan.data.labels.shape[0] ?? 0;
    this.stepsPerEpoch = batchesPerEpoch(this.examples, plan.settings.batchSize);
    this.steps = this.stepsPerEpoch * plan.settings.epochs;
    this.position = position ?? { step: 0, totals: noTotals(), epochs: [] };
    this.firstStep = this.position.step;
    this.order = { epoch: 0, examples: new Int32Array() };
  }

  /** Returns whether it was asked to stop before the end. */
  async toEnd(): Promise<boolean> {
    while (this.position.step < this.steps) {
      await this.chunk();
      if (this.position.step % this.stepsPerEpoch === 0) this.endEpoch();
      if (Atomics.load(this.stop, 0) !== 0) {
        this.save();
        return true;
      }
      this.saveInTime();
    }
    return false;
  }

  private async chunk(): Promise<void> {
    const { plan, stepper, emit } = this.parts;
    const epoch = this.epoch();
    const first = this.position.step % this.stepsPerEpoch;
    const count = Math.min(this.chunkSteps, this.stepsPerEpoch - first);
    const batches = takeBatches(this.orderOf(epoch), plan.settings.batchSize, first, count);
    const from = performance.now();
    const results = await stepper.run(batches, this.scalars(count));
    this.chunkSteps = chunkFor((performance.now() - from) / count);
    this.add(results, epoch, first);
    this.position.step += count;
    emit({ type: 'progress', progress: this.progress(epoch) });
  }

  /** The epoch of the next step, from 1. */
  private epoch(): number {
    return Math.floor(this.position.step / this.stepsPerEpoch) + 1;
  }

  private orderOf(epoch: number): Int32Array {
    if (this.order.epoch !== epoch) {
      const { seed } = this.parts.plan.settings;
      this.order = { epoch, examples: epochOrder(seed, epoch, this.examples) };
    }
    return this.order.examples;
  }

  private scalars(count: number): readonly Float32Array[] {
    const { optimizer, plan } = this.parts;
    const { learningRate, schedule } = plan.settings;
    const columns = optimizer.scalars.map(() => new Float32Array(count));
    for (let index = 0; index < count; index++) {
      const step = this.position.step + index + 1;
      const share = scheduleAt(schedule, step, this.steps);
      const values = optimizer.scalarsAt(step, learningRate * share);
      columns.forEach((column, scalar) => {
        column[index] = values[scalar] ?? 0;
      });
    }
    return columns;
  }

  private add({ losses, corrects }: StepResults, epoch: number, first: number): void {
    const { batchSize } = this.parts.plan.settings;
    const { totals } = this.position;
    losses.forEach((loss, index) => {
      if (!Number.isFinite(loss)) throw diverged(loss, epoch, this.position.step + index + 1);
      const start = (first + index) * batchSize;
      const examples = Math.min(batchSize, this.examples - start);
      totals.loss += loss * examples;
      totals.correct += corrects?.[index] ?? 0;
      totals.examples += examples;
    });
  }

  private endEpoch(): void {
    const { step, epochs } = this.position;
    const seconds = (performance.now() - this.epochStarted) / 1000;
    const scores = { epoch: this.epoch() - 1, step, seconds, ...this.means() };
    epochs.push(scores);
    this.position.totals = noTotals();
    this.epochStarted = performance.now();
    this.parts.emit({ type: 'epoch', scores });
  }

  private means(): Scores {
    const { loss, correct, examples } = this.position.totals;
    const classes = labelKind(this.parts.plan.settings.loss) === 'classes';
    return { loss: loss / examples, accuracy: classes ? correct / examples : undefined };
  }

  private progress(epoch: number): Progress {
    const { step } = this.position;
    const { steps } = this;
    const seconds = (performance.now() - this.started) / 1000;
    const perStep = seconds / (step - this.firstStep);
    return {
      epoch,
      step,
      steps,
      samplesPerSecond: this.examples / this.stepsPerEpoch / perStep,
      secondsLeft: perStep * (steps - step),
      ...this.means(),
    };
  }

  private saveInTime(): void {
    const { checkpoint } = this.parts.plan;
    if (checkpoint && performance.now() - this.saved >= 1000 * checkpoint.everySeconds) this.save();
  }

  private save(): void {
    const { plan, digest, stepper } = this.parts;
    if (!plan.checkpoint) return;
    saveCheckpoint(plan.checkpoint.file, digest, {
      position: this.position,
      tensors: stepper.state(),
    });
    this.saved = performance.now();
  }
}

function noTotals(): Position['totals'] {
  return { loss: 0, correct: 0, examples: 0 };
}

function chunkFor(millisecondsPerStep: number): number {
  return Math.max(1, Math.round((CHUNK_SECONDS * 1000) / Math.max(millisecondsPerStep, 0.01)));
}

function diverged(loss: number, epoch: number, step: number): UserError {
  return new UserError(`the loss is ${loss} at step ${step}, in epoch ${epoch}`, {
    hint: 'Lower the learning rate, or look for extreme values in the data.',
  });
}
