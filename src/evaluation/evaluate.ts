import { availableParallelism, cpus } from 'node:os';
import { checkData, type DataFinding } from '../data/index.ts';
import { EnvironmentError, UserError } from '../errors.ts';
import { diffModels, type ModelDiff } from '../onnx/diff/index.ts';
import type { EvaluationPolicy } from '../project/evaluation-policy.ts';
import type { Log } from '../runner/ports.ts';
import { examineByCommand, type CommandOptions } from './by-command.ts';
import { examineByEngine, type EngineOptions } from './by-engine.ts';
import { diffCards } from './card-diff.ts';
import { withChances } from './chance.ts';
import { compare, pairsOf } from './comparison.ts';
import { readDataSet } from './data-set.ts';
import type { Contender, Evaluation, Subject } from './evaluation.ts';
import type { Answered, Examination, Examined } from './examination.ts';
import { flipsOf } from './flips.ts';
import { judge, type Cost } from './gates.ts';
import { checkGates, TASKS } from './tasks/index.ts';
import { slicesOf } from './slices.ts';
import { unanswered } from './unanswered.ts';
import { verdictOf } from './verdict.ts';

export interface EvaluationOptions {
  readonly workspace: string;
  readonly policy: EvaluationPolicy;
  readonly candidate: Subject;
  readonly baseline: Subject | undefined;
  /** What runs ONNX models; asked for only where the policy has no command. */
  readonly engine: () => Promise<EngineOptions>;
  /** What runs the policy's command. */
  readonly command: CommandOptions;
  readonly log: Log;
}

/**
 * Has candidate and baseline answer the test set and holds the policy's gates against the result.
 * @throws UserError where data, policy and models do not fit together, or a model fails.
 */
export async function evaluateModels(options: EvaluationOptions): Promise<Evaluation> {
  const { policy, candidate, baseline, workspace, log } = options;
  checkGates(TASKS[policy.task], policy.gates);
  const data = await readDataSet(workspace, policy);
  const diff = await diffOf(candidate, baseline);
  const examination = { workspace, policy, candidate, baseline, data, diff, log };
  const breaks = breaksOf(diff, policy);
  const examined = await examinedUnlessBroken(examination, breaks, await examinerOf(options));
  if (examined.baseline) checkSameClasses(examined.candidate, examined.baseline);
  return conclude(examination, examined, { breaks, findings: await findingsOf(examination) });
}

type Examine = (examination: Examination) => Promise<Examined>;

async function examinerOf({ policy, engine, command }: EvaluationOptions): Promise<Examine> {
  if (policy.command !== undefined) return (examination) => examineByCommand(examination, command);
  const options = await engine();
  return (examination) => examineByEngine(examination, options);
}

/**
 * A candidate whose interface broke is rejected whatever it answers, and often cannot be asked by
 * the inputs that the policy names. That is no error: its author needs the report.
 */
async function examinedUnlessBroken(
  examination: Examination,
  breaks: readonly string[],
  examine: Examine,
): Promise<Examined> {
  const { candidate: subject, data, policy, log } = examination;
  try {
    return await examine(examination);
  } catch (thrown) {
    const excused = thrown instanceof UserError && !(thrown instanceof EnvironmentError);
    if (breaks.length === 0 || !excused) throw thrown;
    const why = thrown.message;
    log.warning(`The candidate was not measured: ${why}`);
    const candidate = unanswered(subject, TASKS[policy.task], { examples: data.examples, why });
    return { candidate, baseline: undefined, latency: undefined, threads: availableParallelism() };
  }
}

async function diffOf(
  candidate: Subject,
  baseline: Subject | undefined,
): Promise<ModelDiff | undefined> {
  if (baseline?.file === undefined || candidate.file === undefined) return undefined;
  return diffModels(baseline.file, candidate.file);
}

/** What the policy wants to know of the data; nothing is read where it wants nothing. */
async function findingsOf({ workspace, policy, log }: Examination): Promise<DataFinding[]> {
  const { checks, data: source, inputs, labels } = policy;
  if (!checks) return [];
  log.info('Checking the data');
  const classes = policy.task === 'classification' ? labels : undefined;
  return checkData(workspace, { source, inputs, labels: classes, checks });
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

function conclude(
  examination: Examination,
  examined: Examined,
  { breaks, findings }: Pick<Evaluation, 'breaks'> & { readonly findings: readonly DataFinding[] },
): Evaluation {
  const { policy, data, diff } = examination;
  const { candidate, baseline, latency, threads } = examined;
  const same = baseline?.subject.digest === candidate.subject.digest;
  const task = TASKS[policy.task];
  const scored = { candidate: candidate.scored, baseline: baseline?.scored };
  const compared = compare(task, scored.candidate, scored.baseline, policy, { same });
  const qualities = same ? compared : withChances(compared, scored);
  const slices = slicesOf(task, data.slices, scored, policy, { same });
  const costs = costsOf(examined);
  const against = baseline ? 'compared' : diff ? 'not-comparable' : 'no-baseline';
  const answered = candidate.inference.by !== 'none';
  const { examples } = data;
  const gates = judge({ qualities, costs, slices, examples, compared: against, answered }, policy);
  return {
    task: policy.task,
    verdict: verdictOf(gates, breaks, findings),
    diff,
    card: examination.baseline && diffCards(examination.baseline.card, candidate.subject.card),
    breaks,
    gates,
    confidence: policy.confidence,
    candidate: contender(candidate),
    baseline: baseline && contender(baseline),
    data: { file: data.file, examples, findings },
    qualities,
    slices,
    latency,
    pairs: baseline && pairsOf(candidate.scored, baseline.scored),
    flips: baseline && flipsOf(candidate.scored, baseline.scored),
    machine: {
      platform: `${process.platform} ${process.arch}`,
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      threads,
    },
  };
}

function breaksOf(diff: ModelDiff | undefined, policy: EvaluationPolicy): string[] {
  if (!diff || policy.interface === 'free') return [];
  return diff.interface.flatMap(({ breaking, what }) => (breaking ? what : []));
}

function costsOf({ latency, candidate, baseline }: Examined): Cost[] {
  const size = candidate.subject.bytes;
  const ratio = baseline && size / baseline.subject.bytes;
  return [
    ...(latency
      ? [
          {
            metric: 'latency' as const,
            candidate: latency.candidate.medianMs,
            ratio: latency.ratio,
          },
        ]
      : []),
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

function contender({ subject, inference, scored }: Answered): Contender {
  const { name, digest, bytes } = subject;
  return { name, digest, bytes, inference, details: scored.details() };
}
