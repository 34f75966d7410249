import { Engine } from '../inference/engine.ts';
import type { Outputs } from '../inference/answers.ts';
import type { Experience } from '../inference/feedback.ts';
import { Scheduler, type ModelSource, type SchedulerOptions } from '../inference/scheduler.ts';
import type { EvaluationPolicy } from '../project/evaluation-policy.ts';
import type { Log } from '../runner/ports.ts';
import type { EngineInference } from './evaluation.ts';
import { openExamples, type Examples } from './examples.ts';
import { race, type Runner } from './race.ts';

/** What candidate and baseline are asked by ONNX Runtime, as plain values. */
export interface AnsweringTask extends Pick<SchedulerOptions, 'runtime' | 'worker'> {
  readonly workspace: string;
  readonly policy: EvaluationPolicy;
  /** How many examples there are. */
  readonly examples: number;
  readonly candidate: AskedModel;
  readonly baseline: AskedModel | undefined;
}

export interface AskedModel extends ModelSource {
  /** What worked before on this machine. */
  readonly experience: Pick<Experience, 'setting' | 'rate'> | undefined;
}

/** What one model answered to all examples, and by what. */
export interface ModelAnswers {
  readonly outputs: Outputs;
  readonly inference: EngineInference;
}

export interface AllAnswers {
  readonly candidate: ModelAnswers;
  readonly baseline: ModelAnswers | undefined;
  readonly timed: Timed;
}

export interface Timed {
  /** Milliseconds of each round, for each model. */
  readonly samples: readonly Float64Array[];
  /** Examples in one round. */
  readonly batch: number;
  readonly threads: number;
}

export interface AnsweringListener {
  readonly log: Pick<Log, 'info' | 'warning' | 'progress'>;
  /** Who is asked next, as errors call it: should the process end, this one ended it. */
  readonly announce: (subject: string) => void;
}

/**
 * Has the models answer the test set, and times them in turn. Threads and models stay as they are:
 * they end with the process, which native code might not survive if it were unloaded before.
 * @throws UserError where data, policy and models do not fit together, or a model fails.
 */
export async function answerAll(
  task: AnsweringTask,
  { log, announce }: AnsweringListener,
): Promise<AllAnswers> {
  const { policy, runtime, worker } = task;
  const scheduler = await Scheduler.start({
    runtime,
    limitMs: policy['time-limit'] * 1000,
    provider: policy.inference.provider,
    worker,
    announce,
  });
  const open = (model: AskedModel) => openEngine(scheduler, model, task, log);
  const ours = await open(task.candidate);
  const theirs = task.baseline && (await open(task.baseline));
  const engines = theirs ? [ours, theirs] : [ours];
  const examples = await openExamples(task.workspace, task.policy);
  for await (const window of examples.windows()) {
    for (const engine of engines) {
      await engine.answer(window);
      // What one measures of its settings must not be the other's doing.
      if (engines.length > 1) await engine.settled();
    }
    log.progress('Answering', window.from + window.count, task.examples, 'examples');
  }
  const answers = {
    candidate: await answersOf(ours, log),
    baseline: theirs && (await answersOf(theirs, log)),
  };
  log.info(theirs ? 'Timing both in turn' : 'Timing it');
  const samples = await race(engines.map((engine) => runner(engine, examples)));
  return { ...answers, timed: { samples, batch: ours.least, threads: ours.lease.threads } };
}

async function openEngine(
  scheduler: Scheduler,
  { experience, ...source }: AskedModel,
  { policy, examples }: AnsweringTask,
  log: AnsweringListener['log'],
): Promise<Engine> {
  const engine = await Engine.open({
    scheduler,
    source,
    output: policy.output,
    goal: policy.inference.goal,
    examples,
    experience,
  });
  const { fallback } = engine.lease.model;
  if (fallback !== undefined) {
    log.warning(`The CPU runs ${source.subject}, because CUDA does not: ${fallback}`);
  }
  return engine;
}

async function answersOf(engine: Engine, log: AnsweringListener['log']): Promise<ModelAnswers> {
  const outputs = await engine.outputs();
  const conduct = engine.conduct();
  if (conduct.alone === false) {
    log.warning(
      `${engine.lease.subject} answers an example otherwise when others are in the batch, or more padding: its examples were answered in their order, ${conduct.setting.batch} at a time`,
    );
  }
  const { provider, fallback } = engine.lease.model;
  return { outputs, inference: { by: 'engine', ...conduct, provider, fallback } };
}

function runner(engine: Engine, { sample }: Examples): Runner {
  const rows = Array.from({ length: sample.count }, (_, row) => row);
  return { ...engine.lease, feeds: rows.map((row) => engine.feedsOfOne(sample, row)) };
}
