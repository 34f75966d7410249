import type { Goal } from '../project/inference-policy.ts';

/** What can be turned about how a model is run, without a change of what it answers. */
export interface Setting {
  /** Threads within an operator. */
  readonly threads: number;
  /** Work in one run: examples, or their positions where those of like length go together. */
  readonly batch: number;
}

/** What a setting was measured to do. */
export interface Measurement {
  /** Work done in a second. */
  readonly rate: number;
  /** The slowest batch. */
  readonly ms: number;
  /** What the process took after it. */
  readonly residentBytes: number;
}

export interface Space {
  /** Of all replicas together. */
  readonly maxThreads: number;
  /**
   * How many copies of the model may answer at the same time; none where there is no room for
   * another than the one that is loaded.
   */
  readonly maxReplicas: number;
  /** Undefined where the model must not be given another batch than the one it starts with. */
  readonly maxBatch: number | undefined;
}

/** A setting that is less than so much faster is not worth the trouble. */
const GAIN = 1.05;

/** From one batch size to the next. */
const STEP = 4;

/**
 * Copies of the model that answer side by side: threads that do not work within an operator work on
 * other examples, and never wait for one another.
 */
export function replicasOf(
  { threads }: Setting,
  { maxThreads, maxReplicas }: Omit<Space, 'maxBatch'>,
): number {
  return Math.max(1, Math.min(maxReplicas, Math.floor(maxThreads / threads)));
}

type Step = (setting: Setting) => Setting;

/**
 * Finds a good setting by climbing: fewer threads within an operator as long as they help, then
 * larger batches, else smaller ones, else more threads. Each trial is measured against the best so
 * far under the same conditions.
 */
export class Tuner {
  readonly #space: Space;
  readonly #goal: Goal;
  #best: Setting;
  readonly #steps: readonly Step[];
  readonly #tried = new Set<string>();

  constructor(start: Setting, space: Space, goal: Goal) {
    this.#best = start;
    this.#space = space;
    this.#goal = goal;
    this.#tried.add(keyOf(start));
    const larger: Step = ({ batch, threads }) => ({ threads, batch: batch * STEP });
    const smaller: Step = ({ batch, threads }) => ({ threads, batch: Math.ceil(batch / STEP) });
    const fewer: Step = ({ batch, threads }) => ({ threads: Math.ceil(threads / 2), batch });
    const more: Step = ({ batch, threads }) => ({ threads: 2 * threads, batch });
    const other = space.maxBatch === undefined ? [] : [larger, smaller];
    this.#steps = [fewer, ...other, more];
  }

  get best(): Setting {
    return this.#best;
  }

  /** What to try next; undefined where the best is found. */
  get next(): Setting | undefined {
    for (const step of this.#steps) {
      const setting = step(this.#best);
      if (this.#allowed(setting) && !this.#tried.has(keyOf(setting))) return setting;
    }
    return undefined;
  }

  /** Takes note of how `next` did, and how the best did beside it. */
  judge(trial: Setting, tried: Measurement, best: Measurement): void {
    this.#tried.add(keyOf(trial));
    // Threads that never wait for one another stay as fast whatever else the machine does.
    const gain = trial.threads < this.#best.threads ? 1 : GAIN;
    if (isBetter(tried, best, this.#goal, gain)) this.#best = trial;
  }

  #allowed({ threads, batch }: Setting): boolean {
    const { maxThreads, maxReplicas, maxBatch } = this.#space;
    if (threads !== this.#best.threads && maxReplicas === 0) return false;
    return threads >= 1 && threads <= maxThreads && batch <= (maxBatch ?? batch);
  }
}

/** Faster, where both keep what the goal demands; else the one that comes closer to it. */
export function isBetter(trial: Measurement, best: Measurement, goal: Goal, gain = GAIN): boolean {
  const [ours, theirs] = [excess(trial, goal), excess(best, goal)];
  if (ours > 1 || theirs > 1) return ours < theirs;
  return trial.rate > gain * best.rate;
}

/** How far a measurement is beyond the limit of the goal: up to 1 is within. */
function excess({ ms, residentBytes }: Measurement, goal: Goal): number {
  if (goal === 'throughput') return 0;
  if ('latency-ms' in goal) return ms / goal['latency-ms'];
  return residentBytes / (goal['memory-mb'] * 1024 ** 2);
}

function keyOf({ threads, batch }: Setting): string {
  return `${threads} ${batch}`;
}
