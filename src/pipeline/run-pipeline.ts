import path from 'node:path';
import type { Log } from '../runner/ports.ts';
import { readLock, writeLock, type Lock, type LockedStage } from '../project/lock-file.ts';
import type { Stage } from '../project/pipeline-file.ts';
import { Contents } from './content.ts';
import { execute } from './executor.ts';
import { differences, fingerprintOf, folderOf, type Fingerprint } from './fingerprint.ts';
import { select, type Graph } from './graph.ts';
import { CACHE_FOLDER, Outputs } from './outputs.ts';
import { isRepeatable, RunCache } from './run-cache.ts';

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
  readonly dry: boolean;
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Log;
}

/**
 * Runs the stages that must run, in order. The lock is written after each of them, so what a
 * killed run had finished stays finished.
 */
export async function runPipeline(
  graph: Graph,
  options: PipelineOptions,
): Promise<readonly StageResult[]> {
  const lock = new Map(await readLock(options.workspace));
  const contents = await Contents.open(options.workspace);
  const run = new Run(graph, options, lock, contents);
  const results: StageResult[] = [];
  for (const stage of select(graph, options.targets)) results.push(await run.stage(stage));
  if (!options.dry) await contents.save();
  return results;
}

interface Decision {
  readonly state: State;
  readonly reasons: readonly string[];
}

class Run {
  readonly #graph: Graph;
  readonly #options: PipelineOptions;
  readonly #lock: Map<string, LockedStage>;
  readonly #contents: Contents;
  readonly #outputs: Outputs;
  readonly #runs: RunCache;
  /** Stages whose outputs are not what a full run would have made. */
  readonly #unfinished = new Map<Stage, State>();

  constructor(graph: Graph, options: PipelineOptions, lock: Lock, contents: Contents) {
    this.#graph = graph;
    this.#options = options;
    this.#lock = new Map(lock);
    this.#contents = contents;
    this.#outputs = new Outputs(options.workspace, contents, options.log);
    this.#runs = new RunCache(path.join(options.workspace, CACHE_FOLDER));
  }

  async stage(stage: Stage): Promise<StageResult> {
    const start = performance.now();
    const { state, reasons } = await this.#decide(stage);
    if (state === 'failed' || state === 'blocked' || state === 'would-run') {
      this.#unfinished.set(stage, state);
    }
    const milliseconds = performance.now() - start;
    return { stage, state, reasons, milliseconds, locked: this.#lock.get(stage.name) };
  }

  async #decide(stage: Stage): Promise<Decision> {
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
    const failure = await this.#run(stage, now, reasons);
    return failure === undefined
      ? { state: 'ran', reasons }
      : { state: 'failed', reasons: [failure] };
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

  /** Runs the commands of a stage and records it; the reason where one of them failed. */
  async #run(
    stage: Stage,
    now: Fingerprint,
    reasons: readonly string[],
  ): Promise<string | undefined> {
    const { log, workspace } = this.#options;
    const folder = folderOf(workspace, stage);
    // As DVC does: DVCLive and users' scripts ask for these.
    const known = { DVC_ROOT: workspace, DVC_STAGE: stage.name };
    const environment = { ...this.#options.environment, ...known };
    return log.group(`${stage.name}: ${reasons.join(', ')}`, async () => {
      await this.#outputs.clear(stage);
      for (const command of stage.commands) {
        log.info(`$ ${command}`);
        const outcome = await execute({ command, folder, environment, log });
        if (outcome.ended === 'badly') {
          log.error(`stage '${stage.name}' failed: ${outcome.how}`, stage.place);
          return `${outcome.how} from: ${command}`;
        }
      }
      return this.#record(stage, now);
    });
  }

  async #record(stage: Stage, now: Fingerprint): Promise<string | undefined> {
    const made = await this.#outputs.save(stage);
    if ('missing' in made) {
      const failure = `it did not make ${made.missing}`;
      this.#options.log.error(`stage '${stage.name}' failed: ${failure}`, stage.place);
      return failure;
    }
    const ran = { ...now, outs: made.outs };
    this.#lock.set(stage.name, ran);
    await this.#runs.save(stage, ran);
    await writeLock(this.#options.workspace, this.#lock);
    return undefined;
  }
}

function always(stage: Stage, force: boolean): readonly string[] {
  if (force) return ['it was forced'];
  if (stage.alwaysChanged) return ['it is declared always_changed'];
  const inputs = stage.deps.length + stage.params.length;
  return inputs === 0 && stage.outs.length === 0 ? ['it has neither inputs nor outputs'] : [];
}
