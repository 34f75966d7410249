import { Engine } from '../inference/engine.ts';
import { Feedback, type FeedbackKey } from '../inference/feedback.ts';
import type { ChosenRuntime } from '../inference/runtime.ts';
import { Scheduler } from '../inference/scheduler.ts';
import type { EvaluationPolicy } from '../project/evaluation-policy.ts';
import type { DataSet } from './data-set.ts';
import type { Subject } from './evaluation.ts';
import type { Answered, Examination, Examined } from './examination.ts';
import { raceModels, type Runner } from './latency.ts';
import { TASKS } from './tasks/index.ts';

export interface EngineOptions {
  readonly runtime: ChosenRuntime;
  /** Where it is remembered which settings worked on this machine, absolute; nowhere by default. */
  readonly feedback?: string | undefined;
  /** The built worker of the inference process; beside it unless given. */
  readonly worker?: URL | undefined;
}

interface Opened extends Examination {
  readonly scheduler: Scheduler;
  readonly runtime: ChosenRuntime;
  readonly feedback: string | undefined;
}

/**
 * Runs ONNX models over the test set, and times them in turn.
 * @throws UserError where data, policy and models do not fit together, or a model fails.
 */
export async function examineByEngine(
  examination: Examination,
  { runtime, feedback, worker }: EngineOptions,
): Promise<Examined> {
  const { policy, log } = examination;
  if (runtime.fallback !== undefined) {
    log.warning(`The models are run by WebAssembly, which is slower: ${runtime.fallback}`);
  }
  const scheduler = await Scheduler.start({
    runtime: runtime.folder,
    limitMs: policy['time-limit'] * 1000,
    provider: policy.inference.provider,
    worker,
  });
  try {
    return await examine({ ...examination, scheduler, runtime, feedback });
  } finally {
    scheduler.close();
  }
}

async function examine(opened: Opened): Promise<Examined> {
  const { candidate, baseline, data, diff, policy, log } = opened;
  const ours = await openEngine('candidate', candidate, opened);
  // A baseline of another interface cannot answer the same questions.
  const comparable = diff?.interface.every(({ breaking }) => !breaking) ?? false;
  const theirs =
    baseline && comparable ? await openEngine('baseline', baseline, opened) : undefined;
  const engines = theirs ? [ours, theirs] : [ours];
  for await (const window of data.windows()) {
    for (const engine of engines) {
      await engine.answer(window);
      // What one measures of its settings must not be the other's doing.
      if (engines.length > 1) await engine.settled();
    }
    log.progress('Answering', window.from + window.count, data.examples, 'examples');
  }
  const answered = {
    candidate: await answeredBy(ours, candidate, opened),
    baseline: theirs && baseline && (await answeredBy(theirs, baseline, opened)),
  };
  log.info(theirs ? 'Timing both in turn' : 'Timing it');
  const latency = await raceModels(runner(ours, data), theirs && runner(theirs, data), policy);
  return { ...answered, latency, threads: ours.lease.threads };
}

async function openEngine(
  role: 'candidate' | 'baseline',
  subject: Subject,
  { scheduler, policy, data, feedback, log }: Opened,
): Promise<Engine> {
  const { name, file, bytes } = subject;
  if (file === undefined) throw new Error(`${name} has no .onnx file`);
  const engine = await Engine.open({
    scheduler,
    source: { file, bytes, subject: `${role} ${name}` },
    output: policy.output,
    goal: policy.inference.goal,
    examples: data.examples,
    experience:
      feedback === undefined
        ? undefined
        : await new Feedback(feedback).recall(keyOf(subject, policy)),
  });
  const { fallback } = engine.lease.model;
  if (fallback !== undefined) {
    log.warning(`The CPU runs ${role} ${name}, because CUDA does not: ${fallback}`);
  }
  return engine;
}

function keyOf({ digest }: Subject, { inference }: EvaluationPolicy): FeedbackKey {
  return { digest, ...inference };
}

async function answeredBy(
  engine: Engine,
  subject: Subject,
  { data, policy, runtime, feedback, log }: Opened,
): Promise<Answered> {
  const title = engine.lease.subject;
  const outputs = await engine.outputs();
  const conduct = engine.conduct();
  const { setting, rate, alone } = conduct;
  if (alone === false) {
    log.warning(
      `${title} answers an example otherwise when others are in the batch, or more padding: its examples were answered in their order, ${setting.batch} at a time`,
    );
  }
  if (feedback !== undefined && rate !== undefined) {
    await new Feedback(feedback).learn(keyOf(subject, policy), { setting, rate });
  }
  const scored = TASKS[policy.task].score(data.labels, outputs, {
    file: data.file,
    subject: title,
    classNames: policy.classes,
  });
  const { provider, fallback = runtime.fallback } = engine.lease.model;
  return { subject, scored, inference: { by: 'engine', ...conduct, provider, fallback } };
}

function runner(engine: Engine, { sample }: DataSet): Runner {
  const rows = Array.from({ length: sample.count }, (_, row) => row);
  return {
    ...engine.lease,
    batch: engine.least,
    feeds: rows.map((row) => engine.feedsOfOne(sample, row)),
  };
}
