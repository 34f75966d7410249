import { cpus } from 'node:os';
import { checkData, type DataFinding } from '../data/index.ts';
import { UserError } from '../errors.ts';
import { Engine } from '../inference/engine.ts';
import { Feedback, type FeedbackKey } from '../inference/feedback.ts';
import { Scheduler } from '../inference/scheduler.ts';
import { diffModels, type ModelDiff } from '../onnx/diff/index.ts';
import type { EvaluationPolicy } from '../project/evaluation-policy.ts';
import type { Log } from '../runner/ports.ts';
import { compare, pairsOf } from './comparison.ts';
import { readDataSet, type DataSet } from './data-set.ts';
import type { Contender, Evaluation, Subject } from './evaluation.ts';
import { flipsOf } from './flips.ts';
import { judge, type Cost } from './gates.ts';
import { raceModels, type LatencyComparison, type Runner } from './latency.ts';
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
  /** Where it is remembered which settings worked on this machine, absolute; nowhere by default. */
  readonly feedback?: string | undefined;
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
  const scheduler = await Scheduler.start({
    runtime: options.runtime,
    limitMs: policy['time-limit'] * 1000,
    provider: policy.inference.provider,
    worker: options.worker,
  });
  try {
    return await compareModels({ ...options, data, scheduler });
  } finally {
    scheduler.close();
  }
}

interface Opened extends EvaluationOptions {
  readonly data: DataSet;
  readonly scheduler: Scheduler;
}

async function compareModels(options: Opened): Promise<Evaluation> {
  const { data, policy, log } = options;
  const ours = await openEngine('candidate', options.candidate, options);
  const diff =
    options.baseline && (await diffModels(options.baseline.file, options.candidate.file));
  // A baseline of another interface cannot answer the same questions.
  const comparable = diff?.interface.every(({ breaking }) => !breaking) ?? false;
  const theirs =
    options.baseline && comparable
      ? await openEngine('baseline', options.baseline, options)
      : undefined;
  for await (const window of data.windows()) {
    await ours.answer(window);
    await theirs?.answer(window);
    log.progress('Answering', window.from + window.count, data.examples, 'examples');
  }
  const candidate = await scoredBy(ours, options.candidate, options);
  const baseline =
    theirs && options.baseline && (await scoredBy(theirs, options.baseline, options));
  if (baseline) checkSameClasses(candidate, baseline);
  log.info(theirs ? 'Timing both in turn' : 'Timing it');
  const latency = await raceModels(runner(ours, data), theirs && runner(theirs, data), policy);
  return conclude({
    data,
    candidate,
    baseline,
    diff,
    latency,
    dataFindings: await findingsOf(options),
    options,
  });
}

/** What the policy wants to know of the data; nothing is read where it wants nothing. */
async function findingsOf({ workspace, policy, log }: Opened): Promise<DataFinding[]> {
  const { checks, data: source, inputs, labels } = policy;
  if (!checks) return [];
  log.info('Checking the data');
  const classes = policy.task === 'classification' ? labels : undefined;
  return checkData(workspace, { source, inputs, labels: classes, checks });
}

async function openEngine(
  role: 'candidate' | 'baseline',
  subject: Subject,
  { scheduler, policy, feedback, log }: Opened,
): Promise<Engine> {
  const engine = await Engine.open({
    scheduler,
    source: { file: subject.file, bytes: subject.bytes, subject: `${role} ${subject.name}` },
    output: policy.output,
    goal: policy.inference.goal,
    experience:
      feedback === undefined
        ? undefined
        : await new Feedback(feedback).recall(keyOf(subject, policy)),
  });
  const { fallback } = engine.lease.model;
  if (fallback !== undefined) {
    log.warning(`The CPU runs ${role} ${subject.name}, because CUDA does not: ${fallback}`);
  }
  return engine;
}

function keyOf({ digest }: Subject, { inference }: EvaluationPolicy): FeedbackKey {
  return { digest, ...inference };
}

interface Answered {
  readonly subject: Subject;
  readonly engine: Engine;
  readonly scored: Scored;
}

async function scoredBy(
  engine: Engine,
  subject: Subject,
  { data, policy, feedback, log }: Opened,
): Promise<Answered> {
  const title = engine.lease.subject;
  const { setting, rate, alone } = engine.conduct();
  if (alone === false) {
    log.warning(
      `${title} answers an example otherwise when others are in the batch, or more padding: its examples were answered in their order, ${setting.batch} at a time`,
    );
  }
  if (feedback !== undefined && rate !== undefined) {
    await new Feedback(feedback).learn(keyOf(subject, policy), { setting, rate });
  }
  const scored = TASKS[policy.task].score(data.labels, engine.outputs(), {
    file: data.file,
    subject: title,
    classNames: policy.classes,
  });
  return { subject, engine, scored };
}

function runner(engine: Engine, { sample }: DataSet): Runner {
  const rows = Array.from({ length: sample.count }, (_, row) => row);
  return {
    ...engine.lease,
    batch: engine.least,
    feeds: rows.map((row) => engine.feedsOfOne(sample, row)),
  };
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
  readonly dataFindings: readonly DataFinding[];
  readonly options: EvaluationOptions;
}

function conclude(findings: Findings): Evaluation {
  const { data, candidate, baseline, latency, options, dataFindings } = findings;
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
    {
      qualities,
      costs,
      slices,
      examples: data.examples,
      compared: baseline ? 'compared' : findings.diff ? 'not-comparable' : 'no-baseline',
    },
    policy,
  );
  const breaks = breaksOf(findings);
  return {
    task: policy.task,
    verdict: verdictOf(gates, breaks, dataFindings),
    diff: findings.diff,
    breaks,
    gates,
    confidence: policy.confidence,
    candidate: contender(candidate),
    baseline: baseline && contender(baseline),
    data: { file: data.file, examples: data.examples, findings: dataFindings },
    qualities,
    slices,
    latency,
    pairs: baseline && pairsOf(candidate.scored, baseline.scored),
    flips: baseline && flipsOf(candidate.scored, baseline.scored),
    machine: {
      platform: `${process.platform} ${process.arch}`,
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      threads: candidate.engine.lease.threads,
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

function contender({ subject, engine, scored }: Answered): Contender {
  const { name, digest, bytes } = subject;
  const { provider, fallback } = engine.lease.model;
  const inference = { ...engine.conduct(), provider, fallback };
  return { name, digest, bytes, inference, details: scored.details() };
}
