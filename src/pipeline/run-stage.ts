import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../project/pipeline-file.ts';
import type { Log } from '../runner/ports.ts';
import { Checkpoint } from './checkpoint.ts';
import { checkpointKey } from './checkpoint-record.ts';
import { execute, type Outcome, type Watcher } from './executor.ts';
import { folderOf, type Fingerprint } from './fingerprint.ts';
import type { Journal } from './journal.ts';
import { tellingMetrics } from './live-metrics.ts';
import { limited } from './output-limit.ts';
import { markOf } from './processes.ts';
import { torchrunCommand } from './torchrun.ts';

export interface StageRun {
  readonly workspace: string;
  readonly stage: Stage;
  readonly now: Fingerprint;
  /** The devices that are reserved for it. */
  readonly gpus: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly cancelled: AbortSignal;
  readonly journal: Journal;
  /** Milliseconds that a command has to end by itself once it is told to. */
  readonly grace: number;
  /** The folder where checkpoints are kept, absolute. */
  readonly checkpoints: string;
  /** Starts from nothing where an earlier run came to its end. */
  readonly force: boolean;
  /** Takes away what an attempt may have left half done. */
  readonly clear: () => Promise<void>;
}

type Ended = Exclude<Outcome, { readonly ended: 'cancelled' }> & { readonly command: string };

/**
 * Runs the commands of a stage, again where its options say so; what went wrong, or undefined where
 * nothing did.
 * @throws the reason of `cancelled`.
 */
export async function runStage(run: StageRun): Promise<string | undefined> {
  const { stage, log, cancelled } = run;
  const { times, exitCodes, backOff } = stage.options.retry;
  for (let attempt = 0; ; attempt++) {
    const outcome = await attemptOf(run, attempt > 0);
    if (outcome.ended === 'well') return undefined;
    const { how, exitCode, command } = outcome;
    const isWorthIt =
      exitCodes === undefined || (exitCode !== undefined && exitCodes.includes(exitCode));
    if (attempt >= times || !isWorthIt) {
      log.error(`stage '${stage.name}' failed: ${how}`, stage.place);
      return `${how} from: ${command}`;
    }
    const wait = backOff * 2 ** attempt;
    log.warning(
      `stage '${stage.name}': ${how}; attempt ${attempt + 2} of ${times + 1} in ${wait / 1000} s`,
    );
    await sleep(wait, undefined, { signal: cancelled }).catch(() => undefined);
    cancelled.throwIfAborted();
  }
}

/** Runs all commands once, from the last checkpoint if there is one. */
async function attemptOf(run: StageRun, again: boolean): Promise<Ended> {
  await run.clear();
  const checkpoint = checkpointOf(run);
  await checkpoint?.restore({ fresh: run.force && !again });
  const environment = environmentOf(run, checkpoint?.file);
  let command = '';
  for (command of run.stage.commands) {
    const outcome = await commandOf(run, command, environment, checkpoint);
    if (outcome.ended === 'badly') return { ...outcome, command };
  }
  await checkpoint?.saveFinished();
  return { ended: 'well', command };
}

function checkpointOf({ workspace, stage, now, checkpoints, log }: StageRun) {
  const declared = stage.options.checkpoint;
  if (!declared) return undefined;
  return new Checkpoint({
    file: path.join(folderOf(workspace, stage), declared.path),
    store: path.join(checkpoints, checkpointKey(stage, now, declared.path)),
    log,
  });
}

/** What a stage would go on from is of no use once its outputs are kept. */
export async function discardCheckpoint(run: StageRun): Promise<void> {
  await checkpointOf(run)?.discard();
}

async function commandOf(
  run: StageRun,
  command: string,
  environment: NodeJS.ProcessEnv,
  checkpoint: Checkpoint | undefined,
): Promise<Exclude<Outcome, { readonly ended: 'cancelled' }>> {
  const { workspace, stage, cancelled, grace, journal } = run;
  const { torchrun, timeout, checkpoint: declared } = stage.options;
  run.log.info(`$ ${command}`);
  const launched = torchrun
    ? torchrunCommand(command, torchrun, stage, { gpus: run.gpus.length, environment })
    : { command, environment };
  const mark = markOf(randomBytes(12).toString('hex'));
  const { log, end } = limited(run.log);
  const folder = folderOf(workspace, stage);
  const work = (watcher?: Watcher) =>
    execute({ ...launched, folder, log, cancelled, mark, grace, timeout, watcher });
  const watched = () =>
    checkpoint && declared ? checkpoint.during(declared.every, mark, work) : work();
  const outcome = await journal.during(stage.name, mark, () =>
    tellingMetrics(workspace, stage, run.log, watched),
  );
  end();
  if (outcome.ended !== 'cancelled') return outcome;
  await checkpoint?.saveStopped(outcome);
  throw cancelled.reason;
}

function environmentOf(
  { workspace, stage, gpus, environment }: StageRun,
  checkpoint: string | undefined,
): NodeJS.ProcessEnv {
  return {
    ...environment,
    // As DVC does: DVCLive and users' scripts ask for these.
    DVC_ROOT: workspace,
    DVC_STAGE: stage.name,
    ...(checkpoint !== undefined && { MODEL_CI_CHECKPOINT: checkpoint }),
    ...(gpus.length > 0 && { CUDA_VISIBLE_DEVICES: gpus.join(',') }),
  };
}
