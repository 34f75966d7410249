import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { POLICY_FILE } from '../project/policy.ts';
import { duration } from '../report/text.ts';
import type { Subject } from './evaluation.ts';
import type { Answered, Examination, Examined } from './examination.ts';
import { readPredictions, type Predictions } from './predictions-file.ts';
import { TASKS } from './tasks/index.ts';
import { reported } from './tasks/reported.ts';
import type { Reading, Scored } from './tasks/task.ts';

/** A shell command of the policy, for one model. */
export interface CommandRun {
  readonly command: string;
  /** What it finds in its environment, beside the job's. */
  readonly variables: Readonly<Record<string, string>>;
  readonly limitMs: number;
}

/** Runs one to its end, with all that it starts; tells how it failed, or undefined. */
export type RunCommand = (run: CommandRun) => Promise<string | undefined>;

export interface CommandOptions {
  readonly runCommand: RunCommand;
  /** Where the predictions are written, absolute. */
  readonly temporary: string;
}

/**
 * Has the policy's command answer the test set, first for the candidate and then for the baseline.
 * @throws UserError where it fails, or writes no predictions that fit the data.
 */
export async function examineByCommand(
  examination: Examination,
  options: CommandOptions,
): Promise<Examined> {
  const { candidate, baseline } = examination;
  return {
    candidate: await answered(`candidate ${candidate.name}`, candidate, examination, options),
    baseline:
      baseline && (await answered(`baseline ${baseline.name}`, baseline, examination, options)),
    latency: undefined,
    threads: availableParallelism(),
  };
}

async function answered(
  title: string,
  subject: Subject,
  examination: Examination,
  options: CommandOptions,
): Promise<Answered> {
  const { policy, log, data } = examination;
  const command = policy.command ?? '';
  // Neither model finds what was written for the other.
  const folder = await mkdtemp(path.join(options.temporary, 'predictions-'));
  try {
    log.info(`Running the command for ${title}`);
    const started = performance.now();
    const file = path.join(folder, 'predictions.json');
    await run(title, command, { ...options, subject, examination, file });
    const seconds = (performance.now() - started) / 1000;
    log.info(`It took ${duration(1000 * seconds)}`);
    const predictions = await readPredictions(file, title);
    const reading = { file: data.file, subject: title, classNames: policy.classes };
    return {
      subject,
      scored: score(predictions, examination, reading),
      inference: { by: 'command', command, seconds, gives: predictions.gives },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Asked extends CommandOptions {
  readonly subject: Subject;
  readonly examination: Examination;
  readonly file: string;
}

async function run(
  title: string,
  command: string,
  { runCommand, subject, examination, file }: Asked,
): Promise<void> {
  const { workspace, policy } = examination;
  const source = typeof policy.data === 'string' ? policy.data : policy.data.path;
  const failure = await runCommand({
    command,
    variables: {
      MODEL_CI_MODEL: subject.path,
      MODEL_CI_DATA: path.resolve(workspace, source),
      MODEL_CI_PREDICTIONS: file,
    },
    limitMs: policy['time-limit'] * 1000,
  });
  if (failure === undefined) return;
  throw new UserError(`evaluation.command failed for ${title}: ${failure}`, {
    hint: 'What it printed stands above. It runs in the repository, with the model at MODEL_CI_MODEL and the test set at MODEL_CI_DATA; evaluation.time-limit is how long it may take.',
    place: { file: POLICY_FILE },
  });
}

function score(predictions: Predictions, { policy, data }: Examination, reading: Reading): Scored {
  const task = TASKS[policy.task];
  return predictions.gives === 'metrics'
    ? reported(task, predictions.metrics, data.examples, reading)
    : task.score(data.labels, predictions.rows, reading);
}
