import { availableParallelism } from 'node:os';
import { takeExamples, type Batch } from '../data/index.ts';
import type { Goal } from '../project/inference-policy.ts';
import { Answers, type Outputs } from './answers.ts';
import { checkColumns, feedsOf } from './feeds.ts';
import type { Experience } from './feedback.ts';
import { answersAlone } from './padding-probe.ts';
import type { Feeds, Port, Ran } from './protocol.ts';
import { findOutput, fixedBatch, runModel } from './running-model.ts';
import type { Lease, ModelSource, Scheduler } from './scheduler.ts';
import { MIN_TELLING_MS, Plan } from './plan.ts';
import { Pace } from './trial.ts';
import type { Setting } from './tuning.ts';
import { firstBatch, largestBatch, longestFirst, longestOf } from './window.ts';

export interface EngineOptions {
  readonly scheduler: Scheduler;
  readonly source: ModelSource;
  /** The first output of the model unless given. */
  readonly output?: string | undefined;
  readonly goal: Goal;
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
  readonly #fixed: number | undefined;
  readonly #answers: Answers;
  readonly #pace = new Pace();
  #plan: Plan | undefined;
  #other: Lease | undefined;

  /** @throws UserError where the file is no model that ONNX Runtime can run. */
  static async open(options: EngineOptions): Promise<Engine> {
    const start = performance.now();
    const lease = await options.scheduler.load(options.source);
    return new Engine(options, lease, performance.now() - start);
  }

  private constructor(options: EngineOptions, lease: Lease, loadMs: number) {
    this.#options = options;
    this.lease = lease;
    this.#loadMs = loadMs;
    this.#output = findOutput(lease, options.output);
    this.#fixed = fixedBatch(lease.model);
    this.#answers = new Answers(lease.subject);
  }

  /**
   * Answers the examples of one window of the data set.
   * @throws UserError where model and data do not fit together, or the model fails.
   */
  async answer(window: Batch): Promise<void> {
    checkColumns(this.lease.model, window.inputs, this.lease.subject);
    const plan = (this.#plan ??= await this.#begin(window));
    const order = plan.byLength ? longestFirst(window) : undefined;
    for (let from = 0; from < window.count;) {
      from = await this.#answerPart(window, plan, { order, from });
    }
  }

  outputs(): Outputs {
    return this.#answers.outputs(this.#output.name);
  }

  conduct(): Conduct {
    const setting = this.#plan?.best ?? { threads: this.lease.threads, batch: 1 };
    const rate = this.#pace.ms < MIN_TELLING_MS ? undefined : this.#pace.measured().rate;
    const { alone, byLength = false } = this.#plan ?? {};
    return { setting, alone, byLength, rate };
  }

  /** The feeds of one example by itself, filled up no further than its answer needs. */
  feedsOfOne(window: Batch, row: number): Feeds {
    const { inputs } = this.#plan?.byLength ? takeExamples(window, [row]) : window;
    const from = inputs === window.inputs ? row : 0;
    return feedsOf(this.lease.model, inputs, { from, to: from + 1, batch: this.#fixed ?? 1 });
  }

  release(): void {
    this.lease.release();
    this.#other?.release();
  }

  async #begin(window: Batch): Promise<Plan> {
    const { goal, experience } = this.#options;
    const { threads } = this.lease;
    const run = async (batch: Batch) => (await this.#run(this.lease, batch)).tensor;
    const alone = this.#fixed === undefined ? await answersAlone(window, run) : undefined;
    const batch = this.#fixed ?? firstBatch(window, alone ? goal : 'throughput');
    const usable = alone === true || experience?.setting.batch === batch;
    return new Plan({
      start: { threads, batch },
      space: {
        maxThreads: availableParallelism(),
        maxBatch: alone ? largestBatch(window) : undefined,
      },
      goal,
      experience: usable ? experience : undefined,
      alone,
      byLength: alone === true && window.lengths !== undefined,
      loadMs: this.#loadMs,
    });
  }

  async #answerPart(
    window: Batch,
    plan: Plan,
    { order, from }: { readonly order: readonly number[] | undefined; readonly from: number },
  ): Promise<number> {
    const setting = plan.setting(this.#pace);
    const to = Math.min(window.count, from + setting.batch);
    const lease = await this.#leaseFor(setting.threads);
    const start = performance.now();
    const rows = order?.slice(from, to);
    const part = rows ? takeExamples(window, rows) : window;
    const ran = await this.#run(lease, part, rows ? undefined : { from, to });
    const ms = performance.now() - start;
    const count = to - from;
    const examples = Int32Array.from(
      { length: count },
      (_, index) => window.from + (rows?.[index] ?? from + index),
    );
    const side = [...window.padded.values()][0]?.side;
    this.#answers.put(ran.tensor, this.#fixed ?? count, { examples, side });
    const stretch = {
      examples: count,
      work: count * longestOf(part),
      ms,
      residentBytes: ran.residentBytes,
    };
    this.#pace.add(stretch);
    plan.note(stretch);
    return to;
  }

  #run(lease: Lease, batch: Batch, range = { from: 0, to: batch.count }): Promise<Ran> {
    const rows = this.#fixed ?? range.to - range.from;
    return runModel(
      lease,
      feedsOf(lease.model, batch.inputs, { ...range, batch: rows }),
      this.#output,
    );
  }

  /** The model with so many threads; beside the first, one other is kept. */
  async #leaseFor(threads: number): Promise<Lease> {
    if (threads === this.lease.threads) return this.lease;
    if (threads === this.#other?.threads) return this.#other;
    this.#other?.release();
    this.#other = await this.#options.scheduler.load(this.#options.source, threads);
    return this.#other;
  }
}
