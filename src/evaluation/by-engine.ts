import { fileURLToPath } from 'node:url';
import { errorOf } from '../errors.ts';
import { Feedback, type FeedbackKey } from '../inference/feedback.ts';
import { runModelProcess } from '../inference/model-process.ts';
import type { ChosenRuntime } from '../inference/runtime.ts';
import type { EvaluationPolicy } from '../project/evaluation-policy.ts';
import type { Log } from '../runner/ports.ts';
import { Pieces, type AnsweringEvent, type Role } from './answering-events.ts';
import type { AllAnswers, AnsweringTask, AskedModel, ModelAnswers } from './answering.ts';
import type { Subject } from './evaluation.ts';
import type { Answered, Examination, Examined } from './examination.ts';
import { compareLatencies } from './latency.ts';
import { TASKS } from './tasks/index.ts';

export interface EngineOptions {
  readonly runtime: ChosenRuntime;
  /** Where it is remembered which settings worked on this machine, absolute; nowhere by default. */
  readonly feedback?: string | undefined;
}

interface Opened extends Examination {
  readonly runtime: ChosenRuntime;
  readonly feedback: string | undefined;
}

/**
 * Runs ONNX models over the test set, and times them in turn.
 * @throws UserError where data, policy and models do not fit together, or a model fails.
 */
export async function examineByEngine(
  examination: Examination,
  { runtime, feedback }: EngineOptions,
): Promise<Examined> {
  const { candidate, baseline, policy, log } = examination;
  const opened = { ...examination, runtime, feedback };
  if (runtime.fallback !== undefined) {
    log.warning(`The models are run by WebAssembly, which is slower: ${runtime.fallback}`);
  }
  const answers = await answersByProcess(await taskOf(opened), log);
  const { samples, batch, threads } = answers.timed;
  return {
    candidate: await answered('candidate', candidate, answers.candidate, opened),
    baseline:
      baseline &&
      answers.baseline &&
      (await answered('baseline', baseline, answers.baseline, opened)),
    latency: compareLatencies(samples, batch, policy),
    threads,
  };
}

async function taskOf(opened: Opened): Promise<AnsweringTask> {
  const { workspace, policy, data, diff, candidate, baseline, runtime } = opened;
  // A baseline of another interface cannot answer the same questions.
  const comparable = diff?.interface.every(({ breaking }) => !breaking) ?? false;
  return {
    workspace,
    policy,
    examples: data.examples,
    candidate: await asked('candidate', candidate, opened),
    baseline: baseline && comparable ? await asked('baseline', baseline, opened) : undefined,
    runtime: runtime.folder,
    worker: pathOf(new URL('../inference/inference-worker.js', import.meta.url)),
  };
}

/** In a bundle, ncc has put the path itself in the place of the URL. */
function pathOf(file: URL | string): string {
  return file instanceof URL ? fileURLToPath(file) : file;
}

async function asked(role: Role, subject: Subject, opened: Opened): Promise<AskedModel> {
  const { name, file, bytes } = subject;
  const { feedback, policy } = opened;
  if (file === undefined) throw new Error(`${name} has no .onnx file`);
  const experience =
    feedback === undefined
      ? undefined
      : await new Feedback(feedback).recall(keyOf(subject, policy));
  return { file, bytes, subject: titleOf(role, subject), experience };
}

function titleOf(role: Role, { name }: Subject): string {
  return `${role} ${name}`;
}

function keyOf({ digest }: Subject, { inference }: EvaluationPolicy): FeedbackKey {
  return { digest, ...inference };
}

function answersByProcess(task: AnsweringTask, log: Log): Promise<AllAnswers> {
  let asking = task.candidate.subject;
  const pieces = new Pieces();
  return runModelProcess({
    worker: pathOf(new URL('./answering-worker.js', import.meta.url)),
    task,
    subject: () => asking,
    listen(event: AnsweringEvent) {
      switch (event.type) {
        case 'asking':
          asking = event.subject;
          return undefined;
        case 'info':
        case 'warning':
          log[event.type](event.text);
          return undefined;
        case 'progress':
          log.progress(...event.progress);
          return undefined;
        case 'piece':
          pieces.put(event);
          return undefined;
        case 'finished':
          return pieces.in(event.answers);
        case 'failed':
          throw errorOf(event.failure);
      }
    },
  });
}

async function answered(
  role: Role,
  subject: Subject,
  { outputs, inference }: ModelAnswers,
  { data, policy, runtime, feedback }: Opened,
): Promise<Answered> {
  const { setting, rate, fallback = runtime.fallback } = inference;
  if (feedback !== undefined && rate !== undefined) {
    await new Feedback(feedback).learn(keyOf(subject, policy), { setting, rate });
  }
  const scored = TASKS[policy.task].score(data.labels, outputs, {
    file: data.file,
    subject: titleOf(role, subject),
    classNames: policy.classes,
  });
  return { subject, scored, inference: { ...inference, fallback } };
}
