import { cpus } from 'node:os';
import { UserError } from '../errors.ts';
import { InferenceProcess } from '../inference/inference-process.ts';
import { loadModel, predict, type RunningModel } from '../inference/predict.ts';
import { diffModels, type ModelDiff } from '../onnx/diff/index.ts';
import type { EvaluationPolicy } from '../project/evaluation-policy.ts';
import type { Log } from '../runner/ports.ts';
import { compare, pairsOf } from './comparison.ts';
import { readDataSet, type DataSet } from './data-set.ts';
import type { Contender, Evaluation, Subject } from './evaluation.ts';
import { flipsOf } from './flips.ts';
import { judge, type Cost } from './gates.ts';
import { raceModels, type LatencyComparison } from './latency.ts';
import { checkGates, TASKS } from './tasks/index.ts';
import type { Scored } from './tasks/task.ts';
import { slicesOf } from './slices.ts';
import { verdictOf } from './verdict.ts';

export interface EvaluationOptions {
  readonly workspace: string;
  readonly policy: EvaluationPolicy;
  readonly candidate: Subject;
  readonly baseline: Subject | undefined;
  /** The package folder of onnxruntime-node. */
  readonly runtime: string;
  readonly log: Log;
  /** The built worker of the inference process; beside it unless given. */
  readonly worker?: URL | undefined;
}

/**
 * Runs candidate and baseline over the test set and holds the policy's gates against the result.
 * @throws UserError where data, policy and models do not fit together, or a model fails.
 */
export async function evaluateModels(options: EvaluationOptions): Promise<Evaluation> {
  const { policy } = options;
  checkGates(TASKS[policy.task], policy.gates);
  const data = await readDataSet(options.workspace, policy);
  const process = await InferenceProcess.start({
    runtime: options.runtime,
    limitMs: policy['time-limit'] * 1000,
    ...(options.worker && { worker: options.worker }),
  });
  try {
    const candidate = await answers('candidate', options.candidate, { process, data, options });
    const diff =
      options.baseline && (await diffModels(options.baseline.file, options.candidate.file));
    // A baseline of another interface cannot answer the same questions.
    const comparable = diff?.interface.every(({ breaking }) => !breaking) ?? false;
    const baseline =
      options.baseline && comparable
        ? await answers('baseline', options.baseline, { process, data, options })
        : undefined;
    if (baseline) checkSameClasses(candidate, baseline);
    options.log.info('Timing both in turn');
    const latency = await raceModels(candidate.running, baseline?.running, data.columns, {
      examples: data.examples,
      confidence: policy.confidence,
    });
    return conclude({
      data,
      candidate,
      baseline,
      diff,
      latency,
      options,
      threads: process.threads,
    });
  } finally {
    process.close();
  }
}

interface Answered {
  readonly subject: Subject;
  readonly running: RunningModel;
  readonly scored: Scored;
}

async function answers(
  role: 'candidate' | 'baseline',
  subject: Subject,
  context: {
    readonly process: InferenceProcess;
    readonly data: DataSet;
    readonly options: EvaluationOptions;
  },
): Promise<Answered> {
  const { data, options } = context;
  const { policy, log } = options;
  const title = `${role} ${subject.name}`;
  const running = await loadModel(context.process, subject.file, title);
  const outputs = await predict(running, data.columns, data.examples, {
    output: policy.output,
    onProgress: (done) => {
      log.progress(title, done, data.examples, 'examples');
    },
  });
  const scored = TASKS[policy.task].score(data.labels, outputs, {
    file: data.file,
    subject: title,
    classNames: policy.classes,
  });
  return { subject, running, scored };
}

function checkSameClasses(candidate: Answered, baseline: Answered): void {
  const [ours, theirs] = [candidate, baseline].map(
    ({ scored }) => scored.details().classNames.length,
  );
  if (ours === theirs) return;
  throw new UserError(
    `the candidate tells ${ours ?? 0} classes apart, and the baseline ${baseline.subject.name} ${theirs ?? 0}`,
    {
      hint: 'They cannot be compared: choose another baseline, or none for the first of its kind.',
    },
  );
}

interface Findings {
  readonly data: DataSet;
  readonly candidate: Answered;
  readonly baseline: Answered | undefined;
  readonly diff: ModelDiff | undefined;
  readonly latency: LatencyComparison;
  readonly options: EvaluationOptions;
  readonly threads: number;
}

function conclude(findings: Findings): Evaluation {
  const { data, candidate, baseline, latency, options } = findings;
  const { policy } = options;
  const qualities = compare(TASKS[policy.task], candidate.scored, baseline?.scored, policy, {
    same: baseline?.subject.digest === candidate.subject.digest,
  });
  const slices = slicesOf(
    TASKS[policy.task],
    data.slices,
    { candidate: candidate.scored, baseline: baseline?.scored },
    policy,
    { same: baseline?.subject.digest === candidate.subject.digest },
  );
  const costs = costsOf(findings);
  const gates = judge(
    { qualities, costs, slices, examples: data.examples, compared: baseline !== undefined },
    policy,
  );
  const breaks = breaksOf(findings);
  return {
    task: policy.task,
    verdict: verdictOf(gates, breaks),
    diff: findings.diff,
    breaks,
    gates,
    confidence: policy.confidence,
    candidate: contender(candidate),
    baseline: baseline && contender(baseline),
    data: { file: data.file, examples: data.examples },
    qualities,
    slices,
    latency,
    pairs: baseline && pairsOf(candidate.scored, baseline.scored),
    flips: baseline && flipsOf(candidate.scored, baseline.scored),
    machine: {
      platform: `${process.platform} ${process.arch}`,
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      threads: findings.threads,
    },
  };
}

function breaksOf({ diff, options }: Findings): string[] {
  if (!diff || options.policy.interface === 'free') return [];
  return diff.interface.flatMap(({ breaking, what }) => (breaking ? what : []));
}

function costsOf({ latency, candidate, baseline }: Findings): Cost[] {
  const size = candidate.subject.bytes;
  const ratio = baseline && size / baseline.subject.bytes;
  return [
    { metric: 'latency', candidate: latency.candidate.medianMs, ratio: latency.ratio },
    {
      metric: 'size',
      candidate: size,
      // Bytes are counted, not estimated: the interval is a point.
      ratio:
        ratio === undefined
          ? undefined
          : { estimate: ratio, interval: { low: ratio, high: ratio } },
    },
  ];
}

function contender({ subject, scored }: Answered): Contender {
  const { name, digest, bytes } = subject;
  return { name, digest, bytes, details: scored.details() };
}
