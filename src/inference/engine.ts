import { availableParallelism } from 'node:os';
import { takeExamples, type Batch } from '../data/index.ts';
import type { Goal } from '../project/inference-policy.ts';
import { Answers, type Outputs } from './answers.ts';
import { checkColumns, feedsOf, fixedBatch } from './feeds.ts';
import type { Experience } from './feedback.ts';
import { answersAlone } from './padding-probe.ts';
import type { Feeds, Port, Ran } from './protocol.ts';
import { findOutput, runModel } from './running-model.ts';
import type { Lease, ModelSource, Scheduler } from './scheduler.ts';
import { Queue } from './queue.ts';
import { Fleet } from './fleet.ts';
import { MIN_TELLING_MS, Plan, type Next } from './plan.ts';
import { Pace } from './trial.ts';
import type { Setting, Space } from './tuning.ts';
import { firstBatch, largestBatch, Sequence, workOf, type Part } from './window.ts';

/** Until a thread for another replica can load a model. */
const START_MS = 50;

/** What a request costs besides its answer: it makes small batches of small models slow. */
const REQUEST_COST_MS = 0.1;

/** Each has a thread with some 10 MB of its own. */
const MAX_REPLICAS = 8;

/** What loading all copies of a model may take before the first example is answered. */
const COPIES_MS = 200;

/** The rest is for the model that this one is compared with. */
const SHARE_OF_ROOM = 0.5;

export interface EngineOptions {
  readonly scheduler: Scheduler;
  readonly source: ModelSource;
  /** The first output of the model unless given. */
  readonly output?: string | undefined;
  readonly goal: Goal;
  /** How many examples there are: what may go into finding a good setting. */
  readonly examples?: number | undefined;
  /** What worked before on this machine. */
  readonly experience?: Pick<Experience, 'setting' | 'rate'> | undefined;
}

/** How the examples were answered. */
export interface Conduct {
  readonly setting: Setting;
  /** Whether an answer is the same whatever else is in its batch; undefined for a fixed batch. */
  readonly alone: boolean | undefined;
  /** Whether examples of like length were answered together. */
  readonly byLength: boolean;
  /** Work done in a second; undefined where it was too little to tell. */
  readonly rate: number | undefined;
}

/**
 * Answers the examples of a data set by one model. Examples of like length go together, and on long
 * runs batch size and threads are found by trial: what a trial answers counts, so that trying costs
 * nothing but its own slowness. A model whose answers depend on the rest of the batch is left alone:
 * its examples are answered in their order, in batches of the same size on every machine.
 */
export class Engine {
  readonly #options: EngineOptions;
  /** As it was loaded first. */
  readonly lease: Lease;
  readonly #loadMs: number;
  readonly #output: Port;
  readonly #room: Omit<Space, 'maxBatch'>;
  #fixed: number | undefined;
  readonly #answers: Answers;
  readonly #pace = new Pace();
  readonly #running = new Queue<Lease>();
  /** What the last request was answered by. */
  #setting: Setting | undefined;
  #plan: Plan | undefined;
  readonly #fleet: Fleet;
  #firstThreads: number;

  /** @throws UserError where the file is no model that ONNX Runtime can run. */
  static async open(options: EngineOptions): Promise<Engine> {
    const start = performance.now();
    const lease = await options.scheduler.load(options.source);
    const engine = new Engine(options, lease, performance.now() - start);
    await engine.#prepare();
    return engine;
  }

  private constructor(options: EngineOptions, lease: Lease, loadMs: number) {
    this.#options = options;
    this.lease = lease;
    this.#loadMs = loadMs;
    this.#output = findOutput(lease, options.output);
    this.#room = { maxThreads: availableParallelism(), maxReplicas: this.#maxReplicas() };
    this.#fleet = new Fleet(lease, { ...options, ...this.#room, kept: () => this.#plan?.best });
    this.#answers = new Answers(lease.subject);
    this.#firstThreads = lease.threads;
  }

  /**
   * Answers the examples of one window of the data set; over when all are under way, so that the
   * next window can be read meanwhile.
   * @throws UserError where model and data do not fit together, or the model fails.
   */
  async answer(window: Batch): Promise<void> {
    checkColumns(this.lease.model, window.inputs, this.lease.subject);
    const plan = (this.#plan ??= await this.#begin(window));
    const sequence = new Sequence(window, plan.byLength);
    for (let from = 0; from < window.count;) {
      const next = plan.next(this.#pace, (side) => this.#fleet.isReady(side));
      const { setting } = next;
      const leases = this.#fleet.leasesOf(plan.sideOf(setting));
      // Others that still answer would slow these down.
      if (setting.threads !== this.#setting?.threads) await this.settled();
      this.#setting = setting;
      const count = sequence.countIn(setting.batch, from);
      // Requests become small towards the end, so that all replicas come to it at the same time.
      const share = Math.ceil(this.#left(window, from) / (2 * leases.length * count));
      const runs = Math.min(share, next.runs);
      const to = Math.min(window.count, from + runs * count);
      const lease = this.#running.idlest(leases) ?? this.lease;
      const part = sequence.part(from, to);
      const ran = this.#run(lease, part, runs > 1 ? setting.batch : undefined);
      this.#running.add(
        lease,
        ran.then((answer) => {
          this.#keep(part, answer, next, leases.length);
        }),
      );
      // While each replica answers one part, its next is prepared.
      await this.#running.shrinkTo(2 * leases.length - 1);
      from = to;
    }
  }

  /**
   * Waits until nothing is under way.
   * @throws UserError where the model failed.
   */
  async settled(): Promise<void> {
    await this.#running.shrinkTo(0);
  }

  /**
   * What was answered to all windows.
   * @throws UserError where the model failed.
   */
  async outputs(): Promise<Outputs> {
    await this.settled();
    return this.#answers.outputs(this.#output.name);
  }

  conduct(): Conduct {
    const setting = this.#plan?.best ?? { threads: this.lease.threads, batch: 1 };
    const rate = this.#pace.ms < MIN_TELLING_MS ? undefined : this.#pace.measured().rate;
    const { alone, byLength = false } = this.#plan ?? {};
    return { setting, alone, byLength, rate };
  }

  /** Examples in the smallest run that the model takes. */
  get least(): number {
    return this.#fixed ?? 1;
  }

  /** The feeds of one example by itself, filled up no further than its answer needs. */
  feedsOfOne(window: Batch, row: number): Feeds {
    const { inputs } = this.#plan?.byLength ? takeExamples(window, [row]) : window;
    const from = inputs === window.inputs ? row : 0;
    return feedsOf(this.lease.model, inputs, { from, to: from + 1, batch: this.least });
  }

  release(): void {
    this.lease.release();
    this.#fleet.release();
  }

  /** Loads what answers first: what worked before, or as many copies as there are threads. */
  async #prepare(): Promise<void> {
    const { maxThreads, maxReplicas } = this.#room;
    const threads = Math.ceil(maxThreads / Math.max(1, maxReplicas));
    const setting = this.#options.experience?.setting ?? { threads, batch: 1 };
    const side = this.#fleet.sideOf(setting);
    if (!this.#options.experience && this.#loadMs * side.replicas > COPIES_MS) return;
    await this.#fleet.prepare(setting);
    if (this.#fleet.isReady(side)) this.#firstThreads = setting.threads;
  }

  async #begin(window: Batch): Promise<Plan> {
    this.#fixed = fixedBatch(this.lease.model, window.inputs);
    const { goal, experience, examples = 0 } = this.#options;
    const threads = this.#firstThreads;
    const run = async (batch: Batch) =>
      (await this.#run(this.lease, { batch, range: { from: 0, to: batch.count } })).tensor;
    const alone = this.#fixed === undefined ? await answersAlone(window, run) : undefined;
    const byLength = alone === true && window.lengths !== undefined;
    const batch = this.#fixed ?? firstBatch(window, alone ? goal : 'throughput', byLength);
    const usable =
      experience !== undefined &&
      (alone === true || experience.setting.batch === batch) &&
      this.#fleet.isReady(this.#fleet.sideOf(experience.setting));
    return new Plan({
      start: { threads, batch },
      space: { ...this.#room, maxBatch: alone ? largestBatch(window, byLength) : undefined },
      goal,
      experience: usable ? experience : undefined,
      alone,
      byLength,
      loadMs: this.#loadMs + START_MS,
      // As if all examples were like those of the first window.
      work: (examples * workOf(window, byLength)) / Math.max(1, window.count),
    });
  }

  /** Examples that are not yet under way, those of later windows too where they are known. */
  #left({ from: before, count }: Batch, from: number): number {
    return Math.max(count, (this.#options.examples ?? 0) - before) - from;
  }

  #keep(
    { examples, batch, range, work }: Part,
    { tensor, ms, residentBytes }: Ran,
    { note }: Next,
    replicas: number,
  ): void {
    const side = [...batch.padded.values()][0]?.side;
    this.#answers.put(tensor, this.#fixed ?? range.to - range.from, { examples, side });
    // Others answer beside it.
    const stretch = { work, ms: (ms + REQUEST_COST_MS) / replicas, residentBytes };
    this.#pace.add(stretch);
    note(stretch);
  }

  #run(
    lease: Lease,
    { batch, range }: Pick<Part, 'batch' | 'range'>,
    together?: number,
  ): Promise<Ran> {
    const rows = this.#fixed ?? range.to - range.from;
    const feeds = feedsOf(lease.model, batch.inputs, { ...range, batch: rows });
    return runModel(lease, feeds, this.#output, together);
  }

  /** Several take memory and make each example wait for longer: only where throughput counts. */
  #maxReplicas(): number {
    const { goal, scheduler } = this.#options;
    const { provider } = this.lease.model;
    // Its threads are those that the first session of the process started.
    if (provider === 'wasm') return 0;
    const several = goal === 'throughput' && provider === 'cpu';
    const room = Math.floor(SHARE_OF_ROOM * scheduler.roomFor(this.lease));
    return Math.min(several ? MAX_REPLICAS : 1, room);
  }
}
