import type { Goal } from '../project/inference-policy.ts';
import { hasDrifted, type Experience } from './feedback.ts';
import { Trial, type Pace, type Side, type Stretch } from './trial.ts';
import { replicasOf, Tuner, type Setting, type Space } from './tuning.ts';

/** Of the time for all examples, what may go into trying: a slow setting then costs a percent. */
const SHARE_OF_TRIALS = 0.05;

/** A request to another thread is worth so much work: it costs a tenth of a millisecond itself. */
const REQUEST_MS = 50;

/** In a trial less: what is still under way makes each turn longer. */
const TRIAL_REQUEST_MS = 25;

/** How long to look before the time for all examples can be told. */
const MIN_LOOK_MS = 100;

/** A rate over less time says little. */
export const MIN_TELLING_MS = 1000;

export interface PlanOptions {
  readonly start: Setting;
  readonly space: Space;
  readonly goal: Goal;
  readonly experience: Pick<Experience, 'setting' | 'rate'> | undefined;
  /** Whether an answer is the same whatever else is in its batch; undefined for a fixed batch. */
  readonly alone: boolean | undefined;
  /** Whether examples of like length are answered together. */
  readonly byLength: boolean;
  /** What it takes to load a replica: trying other threads means to load it again. */
  readonly loadMs: number;
  /** How much there is to do, in what batches are counted in; 0 where that is not known. */
  readonly work: number;
}

/** Whether the replicas of a side are loaded; where they are not, they are being loaded from now on. */
export type Ready = (side: Side) => boolean;

export type Note = (stretch: Stretch) => void;

/** What the next request is. */
export interface Next {
  readonly setting: Setting;
  /** How many batches it may carry. */
  readonly runs: number;
  /** Whom to tell what it took. */
  readonly note: Note;
}

/** Which setting the next batch is answered by: the best that is known, or one to try. */
export class Plan {
  readonly alone: boolean | undefined;
  readonly byLength: boolean;
  readonly #space: Space;
  readonly #tuner: Tuner;
  /** What is trusted until it proves wrong: nothing is tried meanwhile. */
  #experience: PlanOptions['experience'];
  #trial: Trial | undefined;
  #trialMs = 0;
  readonly #loadMs: number;
  readonly #work: number;
  readonly #goal: Goal;

  constructor({ start, space, goal, experience, ...rest }: PlanOptions) {
    this.alone = rest.alone;
    this.byLength = rest.byLength;
    this.#loadMs = rest.loadMs;
    this.#work = rest.work;
    this.#goal = goal;
    this.#experience = experience;
    this.#space = space;
    this.#tuner = new Tuner(experience?.setting ?? start, space, goal);
  }

  get best(): Setting {
    return this.#tuner.best;
  }

  /** The setting, and how many replicas answer by it. */
  sideOf(setting: Setting): Side {
    return { setting, replicas: replicasOf(setting, this.#space) };
  }

  /** @param pace of all that was answered so far */
  next(pace: Pace, ready: Ready): Next {
    if (this.#trial?.done) this.#conclude(this.#trial);
    if (!this.#trial && !this.#trusts(pace)) this.#trial = this.#affordable(pace, ready);
    if (!this.#trial) {
      const runs = this.#runs(this.best, pace, REQUEST_MS);
      return { setting: this.best, runs, note: () => undefined };
    }
    const runsOf = (setting: Setting) => this.#runs(setting, pace, TRIAL_REQUEST_MS);
    const { setting, note } = this.#trial.turn(runsOf);
    return {
      setting,
      runs: runsOf(setting),
      note: (stretch) => {
        note(stretch);
        this.#trialMs += stretch.ms;
      },
    };
  }

  /**
   * How many batches one request carries. One where a limit counts for each, where answers depend
   * on the batch, and where lengths differ: a request fills all of its examples up alike.
   */
  #runs({ batch }: Setting, { ms, work }: Pace, worthMs: number): number {
    const { maxBatch } = this.#space;
    if (this.#goal !== 'throughput' || maxBatch === undefined || this.byLength) return 1;
    const worthwhile = work === 0 ? 1 : Math.ceil((worthMs * work) / (ms * batch));
    return Math.max(1, Math.min(worthwhile, Math.floor(maxBatch / batch)));
  }

  #conclude(trial: Trial): void {
    const measured = trial.measured();
    this.#tuner.judge(trial.setting, measured.trial, measured.best);
    this.#trial = undefined;
  }

  #trusts(pace: Pace): boolean {
    if (this.#experience && pace.ms > MIN_TELLING_MS) {
      if (hasDrifted(this.#experience, pace.measured().rate)) this.#experience = undefined;
    }
    return this.#experience !== undefined;
  }

  #affordable({ ms, work }: Pace, ready: Ready): Trial | undefined {
    const next = this.#tuner.next;
    if (!next || ms < MIN_LOOK_MS) return undefined;
    const [trial, best] = [this.sideOf(next), this.sideOf(this.best)];
    // Replicas are loaded side by side, while others answer.
    const loading = next.threads === this.best.threads ? 0 : this.#loadMs;
    const expected = loading + Trial.expectedMs(trial, best, ms / work);
    const wholeMs = (ms / work) * Math.max(work, this.#work);
    if (this.#trialMs + expected > SHARE_OF_TRIALS * wholeMs) return undefined;
    if (loading > 0 && !ready(trial)) return undefined;
    this.#trialMs += loading;
    return new Trial(trial, best);
  }
}
