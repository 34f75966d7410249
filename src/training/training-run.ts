import { UserError } from '../errors.ts';
import { saveCheckpoint, type Checkpoint, type Position } from './checkpoint.ts';
import type {
  EarlyStopping,
  EpochScores,
  Progress,
  Scores,
  TrainingEvent,
  TrainingPlan,
  Weights,
} from './events.ts';
import { labelKind } from './losses.ts';
import type { StepSource } from './step-source.ts';
import type { Stepper, StepResults } from './stepper.ts';
import type { Validator } from './validator.ts';

/** How long one run of the training loop should take: often enough to show, stop and save. */
const CHUNK_SECONDS = 1;

interface Parts {
  readonly plan: TrainingPlan;
  /** Of the plan, for its checkpoints. */
  readonly digest: string;
  readonly source: StepSource;
  readonly stepper: Stepper;
  /** The initializers that are the result. */
  readonly changed: readonly string[];
  readonly validator: Validator | undefined;
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
  private position: Position = { step: 0, totals: noTotals(), epochs: [] };
  private firstStep = 0;
  /** The weights of the best epoch, where early stopping looks for it. */
  private bestWeights: Weights | undefined;
  /** The first chunk is one step, whose time says how long the next may be. */
  private chunkSteps = 1;
  private readonly started = performance.now();
  private epochStarted = performance.now();
  private saved = performance.now();

  constructor(parts: Parts) {
    const { plan, source } = parts;
    this.parts = parts;
    this.stop = new Int32Array(plan.stop);
    this.examples = plan.data.labels.shape[0] ?? 0;
    this.stepsPerEpoch = source.stepsPerEpoch;
    this.steps = source.steps;
  }

  /** Goes on from where a run of the same plan was. */
  resume({ position, tensors }: Checkpoint): void {
    const { stepper, emit, changed } = this.parts;
    const best = changed.flatMap((name): [string, Uint8Array][] => {
      const bytes = tensors.get(BEST + name);
      return bytes ? [[name, bytes]] : [];
    });
    stepper.restore(new Map([...tensors].filter(([name]) => !name.startsWith(BEST))));
    this.position = position;
    this.firstStep = position.step;
    if (best.length > 0) this.bestWeights = new Map(best);
    emit({ type: 'resumed', step: position.step, epochs: position.epochs });
  }

  /** The weights, and the epoch that they are of: the best one under early stopping. */
  result(): { readonly weights: Weights; readonly epoch: number } {
    const { best, epochs } = this.position;
    if (best && this.bestWeights) return { weights: this.bestWeights, epoch: best.epoch };
    return { weights: this.weights(), epoch: epochs.length };
  }

  /** Returns whether it was asked to stop before the end. */
  async toEnd(): Promise<boolean> {
    while (this.position.step < this.steps && !this.isOver()) {
      await this.chunk();
      if (this.position.step % this.stepsPerEpoch === 0) await this.endEpoch();
      if (Atomics.load(this.stop, 0) !== 0) {
        this.save();
        return true;
      }
      this.saveInTime();
    }
    return false;
  }

  private async chunk(): Promise<void> {
    const { source, stepper, emit } = this.parts;
    const epoch = this.epoch();
    const first = this.position.step % this.stepsPerEpoch;
    const from = performance.now();
    const feeds = source.take(this.position.step, this.chunkSteps);
    const { count } = feeds.batches;
    const results = await stepper.run(feeds);
    this.chunkSteps = chunkFor((performance.now() - from) / count);
    this.add(results, epoch, first);
    this.position.step += count;
    emit({ type: 'progress', progress: this.progress(epoch) });
  }

  /** The epoch of the next step, from 1. */
  private epoch(): number {
    return Math.floor(this.position.step / this.stepsPerEpoch) + 1;
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

  private async endEpoch(): Promise<void> {
    const { step, epochs } = this.position;
    const validation = await this.parts.validator?.scores(this.weights());
    const seconds = (performance.now() - this.epochStarted) / 1000;
    const scores = { epoch: this.epoch() - 1, step, seconds, ...this.means(), validation };
    epochs.push(scores);
    this.compare(scores);
    this.position.totals = noTotals();
    this.epochStarted = performance.now();
    this.parts.emit({ type: 'epoch', scores });
  }

  /** Keeps the weights of an epoch that is better than all before it. */
  private compare(scores: EpochScores): void {
    const rule = this.parts.plan.settings.earlyStopping;
    if (!rule || !scores.validation) return;
    const value = badness(rule, scores.validation);
    const { best } = this.position;
    if (best && value >= best.value) return;
    this.position.best = { epoch: scores.epoch, value };
    this.bestWeights = this.weights();
  }

  private isOver(): boolean {
    const rule = this.parts.plan.settings.earlyStopping;
    const { best, epochs } = this.position;
    return rule !== undefined && best !== undefined && epochs.length - best.epoch >= rule.patience;
  }

  /** A copy of the weights as they are now. */
  private weights(): Weights {
    const state = this.parts.stepper.state();
    const { changed } = this.parts;
    return new Map(changed.map((name) => [name, Uint8Array.from(state.get(name) ?? [])]));
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
    const best = Array.from(
      this.bestWeights ?? [],
      ([name, bytes]) => [BEST + name, bytes] as const,
    );
    const tensors = new Map([...stepper.state(), ...best]);
    saveCheckpoint(plan.checkpoint.file, digest, { position: this.position, tensors });
    this.saved = performance.now();
  }
}

/** What precedes the names of the best weights in a checkpoint. */
const BEST = 'best/';

/** What early stopping compares: smaller is better. */
function badness({ metric }: EarlyStopping, { loss, accuracy = 0 }: Scores): number {
  return metric === 'loss' ? loss : -accuracy;
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
