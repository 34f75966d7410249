import type { Stage } from '../project/pipeline-file.ts';
import type { Log } from '../runner/ports.ts';
import type { Graph } from './graph.ts';
import type { Lease, Slots } from './slots.ts';
import type { Decision, StageResult, State } from './stage-result.ts';
import type { StageWork } from './stage-work.ts';

interface Options {
  readonly work: StageWork;
  readonly slots: Slots;
  readonly dry: boolean;
  readonly keepGoing: boolean;
  readonly log: Log;
  readonly cancelled: AbortSignal;
}

/** Gives room to the stages of one run, and stops those that a failure stops. */
export class PipelineRun {
  readonly #graph: Graph;
  readonly #options: Options;
  readonly #priority: ReadonlyMap<Stage, number>;
  /** Stages whose outputs are not what a full run would have made. */
  readonly #unfinished = new Map<Stage, State>();
  #failed: Stage | undefined;

  constructor(graph: Graph, stages: readonly Stage[], options: Options) {
    this.#graph = graph;
    this.#options = options;
    this.#priority = new Map(stages.map((stage, index) => [stage, index]));
  }

  async stage(stage: Stage): Promise<StageResult> {
    const { work, slots } = this.#options;
    const lease = await slots.acquire({ cpus: 1, gpus: 0 }, this.#priorityOf(stage));
    const start = performance.now();
    try {
      const decision = lease ? await this.#decide(stage, lease) : this.#stopped();
      const { state } = decision;
      if (state === 'failed' || state === 'blocked' || state === 'would-run') {
        this.#unfinished.set(stage, state);
      }
      if (state === 'failed') this.#fail(stage);
      const milliseconds = performance.now() - start;
      return { stage, ...decision, milliseconds, locked: work.lockedOf(stage) };
    } catch (thrown) {
      slots.close();
      throw thrown;
    } finally {
      lease?.release();
    }
  }

  #fail(stage: Stage): void {
    this.#failed ??= stage;
    if (!this.#options.keepGoing) this.#options.slots.close();
  }

  /** What becomes of a stage that got no slot, since none is given out any more. */
  #stopped(): Decision {
    this.#options.cancelled.throwIfAborted();
    return { state: 'blocked', reasons: [`${this.#failed?.name ?? 'another stage'} failed`] };
  }

  async #decide(stage: Stage, lease: Lease): Promise<Decision> {
    const { work } = this.#options;
    const waiting = this.#waitingFor(stage);
    if (waiting) return waiting;
    const found = await work.look(stage);
    if (found.state !== 'must-run') return found;
    return this.#withRoom(stage, lease, (gpus) => work.run(stage, found, gpus));
  }

  /** Runs `work` on the slots that the stage asks for, which may be more than it has so far. */
  async #withRoom(
    stage: Stage,
    given: Lease,
    work: (gpus: readonly string[]) => Promise<Decision>,
  ): Promise<Decision> {
    const { slots } = this.#options;
    const { cpus, gpus } = stage.options;
    if (cpus === 1 && gpus === 0) return work([]);
    given.release();
    if (gpus > slots.gpus) return this.#tooFewGpus(stage);
    const lease = await slots.acquire({ cpus, gpus }, this.#priorityOf(stage));
    if (!lease) return this.#stopped();
    try {
      return await work(lease.gpus);
    } finally {
      lease.release();
    }
  }

  #tooFewGpus(stage: Stage): Decision {
    const { slots, log } = this.#options;
    const reason = `it needs ${stage.options.gpus} GPUs, and this machine has ${slots.gpus}`;
    log.error(`stage '${stage.name}' failed: ${reason}`, stage.place);
    return { state: 'failed', reasons: [reason] };
  }

  #waitingFor(stage: Stage): Decision | undefined {
    const before = (this.#graph.upstream.get(stage) ?? []).filter((other) =>
      this.#unfinished.has(other),
    );
    if (before.length === 0) return undefined;
    const names = before.map(({ name }) => name).join(', ');
    return this.#options.dry
      ? { state: 'would-run', reasons: [`${names} would run before it`] }
      : { state: 'blocked', reasons: [`${names} did not finish`] };
  }

  #priorityOf(stage: Stage): number {
    return this.#priority.get(stage) ?? 0;
  }
}
