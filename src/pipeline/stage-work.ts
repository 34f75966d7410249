import path from 'node:path';
import { UserError } from '../errors.ts';
import type { LockedStage } from '../project/lock-file.ts';
import type { Stage } from '../project/pipeline-file.ts';
import type { Log } from '../runner/ports.ts';
import type { Contents } from './content.ts';
import { differences, fingerprintOf, folderOf, type Fingerprint } from './fingerprint.ts';
import type { Journal } from './journal.ts';
import type { Outputs } from './outputs.ts';
import type { PipelineCache } from './pipeline-cache.ts';
import { prefixed } from './prefixed-log.ts';
import { isRepeatable } from './run-cache.ts';
import { discardCheckpoint, runStage } from './run-stage.ts';
import type { RunningLock } from './running-lock.ts';
import type { Sources } from './sources.ts';
import type { Decision } from './stage-result.ts';
import type { PinnedWeights } from './weights.ts';

export interface StageWorkOptions {
  readonly workspace: string;
  readonly force: boolean;
  readonly dry: boolean;
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly cache: PipelineCache;
  readonly cancelled: AbortSignal;
  /** Milliseconds that a command has to end by itself once it is told to. */
  readonly grace: number;
  /** The folder where checkpoints are kept, absolute. */
  readonly checkpoints: string;
  /** Is called before the commands of a stage run. */
  readonly running: () => void;
  /** Whether the outputs of a stage are kept at least as well as its checkpoint. */
  readonly outlives: (stage: Stage) => boolean;
  /** Whether stages may write to the log at the same time. */
  readonly parallel: boolean;
}

interface Resources {
  readonly contents: Contents;
  readonly sources: Sources;
  readonly weights: PinnedWeights;
  readonly outputs: Outputs;
  readonly lock: RunningLock;
  readonly journal: Journal;
}

interface MustRun {
  readonly state: 'must-run';
  readonly reasons: readonly string[];
  readonly now: Fingerprint;
}

/** What is done for one stage once those before it are done: as little as its inputs allow. */
export class StageWork {
  readonly #options: StageWorkOptions;
  readonly #with: Resources;

  constructor(options: StageWorkOptions, resources: Resources) {
    this.#options = options;
    this.#with = resources;
  }

  lockedOf(stage: Stage): LockedStage | undefined {
    return this.#with.lock.get(stage.name);
  }

  /** Does what can be done without running its commands. */
  async look(stage: Stage): Promise<Decision | MustRun> {
    const { dry, force, workspace } = this.#options;
    const { contents, outputs } = this.#with;
    const unprovided = await this.#provide(stage);
    if (unprovided) return unprovided;
    const now = await fingerprintOf(workspace, stage, contents);
    const locked = this.lockedOf(stage);
    const changes = differences(now, locked);
    const outs = locked ? await outputs.differences(stage, locked.outs) : [];
    if (stage.frozen) return this.#lookAtFrozen(stage, now, outs);
    const reasons = [...always(stage, force), ...changes, ...outs];
    if (reasons.length === 0) {
      if (locked && !dry) await outputs.refill(stage, locked.outs);
      return { state: 'unchanged', reasons: ['nothing changed'] };
    }
    if (dry) return { state: 'would-run', reasons };
    if (!force && (await this.#restore(stage, now, changes.length === 0))) {
      return { state: 'restored', reasons };
    }
    return { state: 'must-run', reasons, now };
  }

  /** Runs the commands of a stage and records it. */
  async run(stage: Stage, { now, reasons }: MustRun, gpus: readonly string[]): Promise<Decision> {
    const { parallel, running } = this.#options;
    running();
    const title = `${stage.name}: ${reasons.join(', ')}`;
    const log = parallel ? prefixed(this.#options.log, stage.name) : this.#options.log;
    if (parallel) log.info(reasons.join(', '));
    const work = () => this.#attempt(stage, now, gpus, log);
    const failure = await (parallel ? work() : log.group(title, work));
    return failure === undefined
      ? { state: 'ran', reasons }
      : { state: 'failed', reasons: [failure] };
  }

  async #attempt(
    stage: Stage,
    now: Fingerprint,
    gpus: readonly string[],
    log: Log,
  ): Promise<string | undefined> {
    const { sources, journal, outputs } = this.#with;
    const absent = await sources.bring(stage);
    if (absent !== undefined) return this.#failure(stage, absent);
    const clear = () => outputs.clear(stage);
    const run = { ...this.#options, stage, now, gpus, log, journal, clear };
    const failure =
      (await runStage(run)) ??
      (await this.#lostDep(stage, now)) ??
      (await this.#record(stage, now));
    if (failure === undefined && this.#options.outlives(stage)) await discardCheckpoint(run);
    return failure;
  }

  /** Weights stand in their place before it is asked what changed; what became of it if they do not. */
  async #provide(stage: Stage): Promise<Decision | undefined> {
    const { weights } = this.#with;
    if (stage.options.weights.length === 0) return undefined;
    if (this.#options.dry) {
      const missing = await weights.missing(stage);
      const reasons = missing.map((file) => `${file} would be fetched`);
      return missing.length === 0 ? undefined : { state: 'would-run', reasons };
    }
    try {
      await weights.provide(stage);
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof UserError)) throw thrown;
      return {
        state: 'failed',
        reasons: [this.#failure(stage, `${thrown.message}. ${thrown.hint}`)],
      };
    }
  }

  #failure(stage: Stage, reason: string): string {
    this.#options.log.error(`stage '${stage.name}' failed: ${reason}`, stage.place);
    return reason;
  }

  /** A frozen stage never runs: what it made is taken as it is, and recorded where it changed. */
  async #lookAtFrozen(
    stage: Stage,
    now: Fingerprint,
    changes: readonly string[],
  ): Promise<Decision> {
    const locked = this.lockedOf(stage);
    const reasons = ['it is frozen', ...changes];
    if (this.#options.dry || (locked && changes.length === 0)) return { state: 'frozen', reasons };
    if (locked && (await this.#with.outputs.restore(stage, locked.outs))) {
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
    const locked = asLocked ? this.lockedOf(stage)?.outs : undefined;
    const outs = locked ?? (await this.#options.cache.runs.find(stage, now));
    if (!outs || !(await this.#with.outputs.restore(stage, outs))) return false;
    this.#options.log.info(`${stage.name}: restored from the cache`);
    return (await this.#record(stage, now)) === undefined;
  }

  /**
   * Looks at the dependencies again: what is recorded are those that the command began with, so one
   * that changed meanwhile makes the stage run again.
   */
  async #lostDep(stage: Stage, now: Fingerprint): Promise<string | undefined> {
    const { workspace, log } = this.#options;
    const folder = folderOf(workspace, stage);
    for (const { path: dep, md5 } of now.deps) {
      const content = await this.#with.contents.of(path.join(folder, dep), dep);
      if (!content) {
        return this.#failure(stage, `${dep}, which it depends on, was deleted while it ran`);
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
    const made = await this.#with.outputs.save(stage);
    if ('missing' in made) return this.#failure(stage, `it did not make ${made.missing}`);
    const ran = { ...now, outs: made.outs };
    await this.#options.cache.runs.save(stage, ran);
    await this.#with.lock.set(stage.name, ran);
    return undefined;
  }
}

function always(stage: Stage, force: boolean): readonly string[] {
  if (force) return ['it was forced'];
  if (stage.alwaysChanged) return ['it is declared always_changed'];
  const inputs = stage.deps.length + stage.params.length;
  return inputs === 0 && stage.outs.length === 0 ? ['it has neither inputs nor outputs'] : [];
}
