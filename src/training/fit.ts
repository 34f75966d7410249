import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { elementCount } from '../formats/nd-array.ts';
import type { EpochScores } from './events.ts';
import { removeCheckpoint } from './checkpoint.ts';
import { EpochLog } from './epoch-log.ts';
import { LiveFolder } from './live-folder.ts';
import { metricsOf } from './metrics.ts';
import { modelFor } from './source-model.ts';
import type { TrainableModel } from './trainable-model.ts';
import { readDataSet } from './data-set.ts';
import { planOf } from './plan.ts';
import type { FitSpec } from './spec.ts';
import { runTraining, type Trained, type TrainingListener } from './trainer.ts';

export interface FitListener extends TrainingListener {
  notice(message: string): void;
}

export interface FitTask {
  readonly spec: FitSpec;
  /** What paths of the spec are relative to, absolute. */
  readonly folder: string;
  /** The file that `model: from` stands for, absolute, where that is no path. */
  readonly from?: string | undefined;
  /** The package folder of onnxruntime-node. */
  readonly runtime: string;
  readonly listener: FitListener;
  /** Asks to stop early; nothing is written then. */
  readonly signal: AbortSignal;
}

export interface FitResult {
  /** As in the spec. */
  readonly out: string;
  readonly stopped: boolean;
  /** Where a stopped run left its state. */
  readonly checkpoint: string;
  readonly examples: number;
  /** How many numbers were trained. */
  readonly parameters: number;
  readonly epochs: readonly EpochScores[];
  /** The epoch that was written: the last, or the best under early stopping. */
  readonly epoch: number;
  readonly seconds: number;
}

const EXPERIMENTAL = "'device: cuda' is experimental: its speed and results have not been measured";

/**
 * Trains what `spec` describes and writes the model, and the metrics where the spec names a file.
 * @throws UserError for whatever is wrong with the data, the model or the files; then the files
 * are as they were before
 */
export async function fit(task: FitTask): Promise<FitResult> {
  const { spec } = task;
  const data = await readDataSet(spec, task.folder);
  const model = await modelFor(spec, task.folder, data.training.byInput, task.from);
  if (model.notice !== undefined) task.listener.notice(model.notice);
  if (spec.device === 'cuda') task.listener.notice(EXPERIMENTAL);
  const out = path.resolve(task.folder, spec.out);
  await checkWritable(out, spec.out);
  const log = await EpochLog.open(task.folder, spec.log);
  const live = await LiveFolder.open(task.folder, spec.live);
  const epochs: EpochScores[] = [];
  const started = performance.now();
  const add = (scores: EpochScores) => {
    epochs.push(scores);
    log.add(scores);
    live.add(scores);
  };
  const plan = planOf({ ...task, model, data });
  const trained = await runTraining(
    plan,
    {
      progress: (progress) => {
        task.listener.progress(progress);
      },
      resumed: (step, earlier) => {
        earlier.forEach(add);
        task.listener.resumed(step, earlier);
      },
      epoch: (scores) => {
        add(scores);
        task.listener.epoch(scores);
      },
    },
    task.signal,
  );
  const seconds = (performance.now() - started) / 1000;
  if (!trained.stopped) {
    await save(task, model, trained, epochs[trained.epoch - 1]);
    removeCheckpoint(plan.checkpoint.file);
  }
  return {
    out: spec.out,
    stopped: trained.stopped,
    checkpoint: path.relative(task.folder, plan.checkpoint.file),
    examples: data.training.labels.shape[0] ?? 0,
    parameters: parameterCount(model),
    epochs,
    epoch: trained.epoch,
    seconds,
  };
}

async function save(
  { spec, folder }: FitTask,
  model: TrainableModel,
  trained: Trained,
  last: EpochScores | undefined,
): Promise<void> {
  try {
    await model.save(path.resolve(folder, spec.out), trained.weights);
    if (spec.metrics === undefined || !last) return;
    const file = path.resolve(folder, spec.metrics);
    await mkdir(path.dirname(file), { recursive: true });
    const { training, validation } = metricsOf(last);
    const metrics = { ...training, ...(validation && { validation }) };
    await writeInOneStep(file, `${JSON.stringify(metrics, null, 2)}\n`);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`the trained model cannot be written: ${messageOf(cause)}`, {
      hint: `Is there room for ${spec.out}, and may its folder be written to?`,
      place: { file: spec.out },
      cause,
    });
  }
}

async function writeInOneStep(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, file);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

/** Better to learn that before training than after. */
async function checkWritable(file: string, label: string): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    // Permissions alone do not tell: the folder may lie in a file system of another kind.
    const probe = `${file}.${process.pid}.tmp`;
    await writeFile(probe, '');
    await rm(probe);
  } catch (cause) {
    throw new UserError(`${label} cannot be written: ${messageOf(cause)}`, {
      hint: "Set 'out' to a file in a folder that you may write to.",
      place: { file: label },
      cause,
    });
  }
}

function parameterCount({ model, trained }: TrainableModel): number {
  const names = new Set(trained);
  return model.graph.initializers
    .filter(({ name }) => names.has(name))
    .reduce((count, { dims }) => count + elementCount(dims), 0);
}
