import path from 'node:path';
import type { Log } from '../runner/ports.ts';
import { readLock, type Lock, type LockedStage } from '../project/lock-file.ts';
import type { Stage } from '../project/pipeline-file.ts';
import { Contents } from './content.ts';
import { findGpus } from './devices.ts';
import { differences, fingerprintOf, folderOf, type Fingerprint } from './fingerprint.ts';
import { isChain, select, type Graph } from './graph.ts';
import { Journal } from './journal.ts';
import { Outputs } from './outputs.ts';
import type { PipelineCache } from './pipeline-cache.ts';
import { prefixed } from './prefixed-log.ts';
import { isRepeatable, type RunCache } from './run-cache.ts';
import { discardCheckpoint, runStage } from './run-stage.ts';
import { RunningLock } from './running-lock.ts';
import { schedule } from './scheduler.ts';
import { Slots, type Lease } from './slots.ts';

/**
 * What became of a stage. `unchanged` and `frozen` did not run; `restored` came from the cache;
 * `blocked` waited for one that failed; `would-run` is said by a dry run.
 */
export type State =
  'ran' | 'restored' | 'unchanged' | 'frozen' | 'failed' | 'blocked' | 'would-run';

export interface StageResult {
  readonly stage: Stage;
  readonly state: State;
  /** Why it ran, or why not. */
  readonly reasons: readonly string[];
  readonly milliseconds: number;
  readonly locked: LockedStage | undefined;
}

export interface PipelineOptions {
  readonly workspace: string;
  readonly targets: readonly string[];
  readonly force: boolean;
  /** Only the targets, without what they depend on. */
  readonly single: boolean;
  readonly dry: boolean;
  /** How many CPU slots there are. */
  readonly jobs: number;
  /** Whether a failure stops only what depends on it. */
  readonly keepGoing: boolean;
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly cache: PipelineCache;
  readonly cancelled: AbortSignal;
  /** Milliseconds that a command has to end by itself once it is told to. */
  readonly grace: number;
  /** The folder where checkpoints are kept, absolute. */
  readonly checkpoints: string;
}

/**
 * Runs the stages that must run, each when those before it are done and there is room. The lock is
 * written after each of them, so what a killed run had finished stays finished.
 */
export async function runPipeline(
  graph: Graph,
  options: PipelineOptions,
): Promise<readonly StageResult[]> {
  const { workspace, targets, single, dry, cancelled, environment, log } = options;
  const stages = select(graph, targets, { single });
  const lock = await readLock(workspace);
  const contents = await Contents.open(workspace);
  const needsGpus = stages.some((stage) => stage.options.gpus > 0) && !dry;
  const slots = new Slots(options.jobs, needsGpus ? await findGpus(environment, log) : []);
  const journal = new Journal(workspace);
  if (!dry) await journal.recover(log);
  const run = new Run(graph, stages, options, { lock, contents, slots, journal });
  const close = () => {
    slots.close();
  };
  cancelled.addEventListener('abort', close);
  try {
    const before = (stage: Stage) => graph.upstream.get(stage) ?? [];
    return await schedule(stages, before, (stage) => run.stage(stage));
  } finally {
    cancelled.removeEventListener('abort', close);
    if (!dry) await contents.save();
  }
}

interface Resources {
  readonly lock: Lock;
  readonly contents: Contents;
  readonly slots: Slots;
  readonly journal: Journal;
}

interface Decision {
  readonly state: State;
  readonly reasons: readonly string[];
}

class Run {
  readonly #graph: Graph;
  readonly #options: PipelineOptions;
  readonly #contents: Contents;
  readonly #slots: Slots;
  readonly #journal: Journal;
  readonly #lock: RunningLock;
  readonly #outputs: Outputs;
  readonly #runs: RunCache;
  readonly #priority: ReadonlyMap<Stage, number>;
  /** Whether stages may write to the log at the same time. */
  readonly #parallel: boolean;
  /** Stages whose outputs are not what a full run would have made. */
  readonly #unfinished = new Map<Stage, State>();
  #failed: Stage | undefined;

  constructor(
    graph: Graph,
    stages: readonly Stage[],
    options: PipelineOptions,
    { lock, contents, slots, journal }: Resources,
  ) {
    this.#graph = graph;
    this.#options = options;
    this.#contents = contents;
    this.#slots = slots;
    this.#journal = journal;
    const order = graph.order.map(({ name }) => name);
    this.#lock = new RunningLock(options.workspace, lock, order);
    this.#outputs = new Outputs(options.workspace, contents, options.cache, options.log);
    this.#runs = options.cache.runs;
    this.#priority = new Map(stages.map((stage, index) => [stage, index]));
    this.#parallel = options.jobs > 1 && !isChain(graph, stages);
  }

  async stage(stage: Stage): Promise<StageResult> {
    const priority = this.#priority.get(stage) ?? 0;
    const lease = await this.#slots.acquire({ cpus: 1, gpus: 0 }, priority);
    const start = performance.now();
    try {
      const { state, reasons } = lease ? await this.#decide(stage, lease) : this.#stopped();
      if (state === 'failed' || state === 'blocked' || state === 'would-run') {
        this.#unfinished.set(stage, state);
      }
      if (state === 'failed') this.#fail(stage);
      const milliseconds = performance.now() - start;
      return { stage, state, reasons, milliseconds, locked: this.#lock.get(stage.name) };
    } catch (thrown) {
      this.#slots.close();
      throw thrown;
    } finally {
      lease?.release();
    }
  }

  #fail(stage: Stage): void {
    this.#failed ??= stage;
    if (!this.#options.keepGoing) this.#slots.close();
  }

  /** What becomes of a stage that got no slot, since none is given out any more. */
  #stopped(): Decision {
    this.#options.cancelled.throwIfAborted();
    return { state: 'blocked', reasons: [`${this.#failed?.name ?? 'another stage'} failed`] };
  }

  async #decide(stage: Stage, lease: Lease): Promise<Decision> {
    const { dry, force, workspace } = this.#options;
    const waiting = this.#waitingFor(stage);
    if (waiting) return waiting;
    const now = await fingerprintOf(workspace, stage, this.#contents);
    const locked = this.#lock.get(stage.name);
    const changes = differences(now, locked);
    const outs = locked ? await this.#outputs.differences(stage, locked.outs) : [];
    if (stage.frozen) return this.#decideFrozen(stage, now, outs);
    const reasons = [...always(stage, force), ...changes, ...outs];
    if (reasons.length === 0) {
      if (locked && !dry) await this.#outputs.refill(stage, locked.outs);
      return { state: 'unchanged', reasons: ['nothing changed'] };
    }
    if (dry) return { state: 'would-run', reasons };
    if (!force && (await this.#restore(stage, now, changes.length === 0))) {
      return { state: 'restored', reasons };
    }
    return this.#withRoom(stage, lease, (gpus) => this.#run(stage, now, reasons, gpus));
  }

  /** Runs `work` on the slots that the stage asks for, which may be more than it has so far. */
  async #withRoom(
    stage: Stage,
    given: Lease,
    work: (gpus: readonly string[]) => Promise<Decision>,
  ): Promise<Decision> {
    const { cpus, gpus } = stage.options;
    if (cpus === 1 && gpus === 0) return work([]);
    given.release();
    if (gpus > this.#slots.gpus) return this.#tooFewGpus(stage);
    const lease = await this.#slots.acquire({ cpus, gpus }, this.#priority.get(stage) ?? 0);
    if (!lease) return this.#stopped();
    try {
      return await work(lease.gpus);
    } finally {
      lease.release();
    }
  }

  #tooFewGpus(stage: Stage): Decision {
    const reason = `it needs ${stage.options.gpus} GPUs, and this machine has ${this.#slots.gpus}`;
    this.#options.log.error(`stage '${stage.name}' failed: ${reason}`, stage.place);
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

  /** A frozen stage never runs: what it made is taken as it is, and recorded where it changed. */
  async #decideFrozen(
    stage: Stage,
    now: Fingerprint,
    changes: readonly string[],
  ): Promise<Decision> {
    const locked = this.#lock.get(stage.name);
    const reasons = ['it is frozen', ...changes];
    if (this.#options.dry || (locked && changes.length === 0)) return { state: 'frozen', reasons };
    if (locked && (await this.#outputs.restore(stage, locked.outs))) {
      return { state: 'restored', reasons };
    }
    const failure = await this.#record(stage, now);
    return failure === undefined ? { state: 'frozen', reasons } : { state: 'failed', reasons };
  }

  /**
   * Brings the outputs of an earlier run with the same inputs back: the run in the lock, or one
   * that the run cache remembers. Tells whether it could.
   */
  async #restore(stage: Stage, now: Fingerprint, asLocked: boolean): Promise<boolean> {
    if (!isRepeatable(stage)) return false;
    const locked = asLocked ? this.#lock.get(stage.name)?.outs : undefined;
    const outs = locked ?? (await this.#runs.find(stage, now));
    if (!outs || !(await this.#outputs.restore(stage, outs))) return false;
    this.#options.log.info(`${stage.name}: restored from the cache`);
    return (await this.#record(stage, now)) === undefined;
  }

  /** Runs the commands of a stage and records it. */
  async #run(
    stage: Stage,
    now: Fingerprint,
    reasons: readonly string[],
    gpus: readonly string[],
  ): Promise<Decision> {
    const journal = this.#journal;
    const title = `${stage.name}: ${reasons.join(', ')}`;
    const log = this.#parallel ? prefixed(this.#options.log, stage.name) : this.#options.log;
    const work = async () => {
      const clear = () => this.#outputs.clear(stage);
      const run = { ...this.#options, stage, now, gpus, log, journal, clear };
      const failure =
        (await runStage(run)) ??
        (await this.#lostDep(stage, now)) ??
        (await this.#record(stage, now));
      if (failure === undefined) await discardCheckpoint(run);
      return failure;
    };
    if (this.#parallel) log.info(reasons.join(', '));
    const failure = await (this.#parallel ? work() : log.group(title, work));
    return failure === undefined
      ? { state: 'ran', reasons }
      : { state: 'failed', reasons: [failure] };
  }

  /**
   * Looks at the dependencies again: what is recorded are those that the command began with, so one
   * that changed meanwhile makes the stage run again.
   */
  async #lostDep(stage: Stage, now: Fingerprint): Promise<string | undefined> {
    const { workspace, log } = this.#options;
    const folder = folderOf(workspace, stage);
    for (const { path: dep, md5 } of now.deps) {
      const content = await this.#contents.of(path.join(folder, dep), dep);
      if (!content) {
        const failure = `${dep}, which it depends on, was deleted while it ran`;
        log.error(`stage '${stage.name}' failed: ${failure}`, stage.place);
        return failure;
      }
      if (content.locked.md5 !== md5) {
        log.warning(
          `${dep} changed while '${stage.name}' ran: it will run again the next time`,
          stage.place,
        );
      }
    }
    return undefined;
  }

  async #record(stage: Stage, now: Fingerprint): Promise<string | undefined> {
    const made = await this.#outputs.save(stage);
    if ('missing' in made) {
      const failure = `it did not make ${made.missing}`;
      this.#options.log.error(`stage '${stage.name}' failed: ${failure}`, stage.place);
      return failure;
    }
    const ran = { ...now, outs: made.outs };
    await this.#runs.save(stage, ran);
    await this.#lock.set(stage.name, ran);
    return undefined;
  }
}

function always(stage: Stage, force: boolean): readonly string[] {
  if (force) return ['it was forced'];
  if (stage.alwaysChanged) return ['it is declared always_changed'];
  const inputs = stage.deps.length + stage.params.length;
  return inputs === 0 && stage.outs.length === 0 ? ['it has neither inputs nor outputs'] : [];
}
