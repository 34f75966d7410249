import { duration } from '../../report/text.ts';
import type { CommandInference, EngineInference, Evaluation, Inference } from '../evaluation.ts';
import type { GateResult } from '../gates.ts';
import type { Interval } from '../statistics/interval.ts';
import {
  count,
  metricDistance,
  metricNumber,
  metricTitle,
  metricValue,
  percentOf,
  ratio,
} from './format.ts';

/** What a gate asks for: `accuracy at least 85.00 %`. */
export function requirement({ metric, rule, limit }: GateResult): string {
  const title = metricTitle(metric);
  switch (rule) {
    case 'min':
      return `${title} at least ${metricValue(metric, limit)}`;
    case 'max':
      return `${title} at most ${metricValue(metric, limit)}`;
    case 'max-regression':
      return `${title} at most ${metricDistance(metric, limit)} worse`;
    case 'max-relative-regression':
      return `${title} at most ${percentOf(limit)} worse than the baseline's`;
    case 'slice-min':
      return `${title} of every slice at least ${metricValue(metric, limit)}`;
    case 'slice-max-regression':
      return `${title} of every slice at most ${metricDistance(metric, limit)} worse`;
    case 'max-ratio':
      return `${title} at most ${ratio(limit)} the baseline's`;
  }
}

/** What was found: `3.10 points better (2.40 to 3.80 points better)`. */
export function finding(gate: GateResult): string {
  const slice = gate.slice === undefined ? '' : `${gate.slice}: `;
  return `${slice}${found(gate)}`;
}

function found(gate: GateResult): string {
  const { value, interval, outcome } = gate;
  if (outcome === 'no-baseline') return `no baseline: ${decision(gate)}`;
  if (outcome === 'not-comparable') return `the interfaces differ: ${decision(gate)}`;
  if (outcome === 'unanswered') return 'the candidate was not measured';
  if (value === undefined) return `not measured: ${missing(gate)}`;
  if (!interval) return metricValue(gate.metric, value);
  const spread = interval.low === interval.high ? '' : ` (${rangeText(gate, interval)})`;
  const needed = outcome === 'not-enough-data' ? examplesText(gate) : '';
  return `${amount(gate, value)}${spread}${needed}`;
}

function missing({ metric }: GateResult): string {
  if (metric === 'latency') return 'a command is not timed';
  return 'it needs probabilities, and examples of every class; of a command, its predictions';
}

/** Two digits are all that an estimate of an estimate deserves. */
function examplesText({ examplesNeeded }: GateResult): string {
  if (examplesNeeded === undefined) return '';
  return `; about ${count(Number(examplesNeeded.toPrecision(2)))} examples would tell`;
}

function decision({ passed }: GateResult): string {
  if (passed === undefined) return 'left out';
  return passed ? 'passes by on-no-baseline' : 'fails by on-no-baseline';
}

function amount({ metric, rule }: GateResult, value: number): string {
  if (rule === 'max-ratio') return ratio(value);
  if (value === 0) return 'unchanged';
  return `${distance({ metric, rule }, value)} ${value < 0 ? 'better' : 'worse'}`;
}

/** From the smaller change to the larger where both go the same way. */
function rangeText(gate: GateResult, { low, high }: Interval): string {
  if (gate.rule === 'max-ratio' || low * high <= 0) {
    return `${amount(gate, low)} to ${amount(gate, high)}`;
  }
  const [near, far] = low < 0 ? [high, low] : [low, high];
  const nearer = isRelative(gate) ? percentOf(Math.abs(near)) : metricNumber(gate.metric, near);
  return `${nearer} to ${amount(gate, far)}`;
}

type Measure = Pick<GateResult, 'metric' | 'rule'>;

function isRelative({ rule }: Measure): boolean {
  return rule === 'max-relative-regression';
}

/** How far a rule says it is, without a sign. */
function distance(measure: Measure, value: number): string {
  return isRelative(measure) ? percentOf(Math.abs(value)) : metricDistance(measure.metric, value);
}

/** The outcome in a word or two. */
export function outcomeWord({ outcome, passed, rule }: GateResult): string {
  const words = {
    met: 'met',
    missed: 'missed',
    better: 'better',
    equal: rule === 'max-ratio' ? 'within the limit' : 'equal within the margin',
    worse: 'worse',
    'not-enough-data': 'not enough data',
    'no-baseline': 'not compared',
    'not-comparable': 'not compared',
    'not-measured': 'not measured',
    unanswered: 'not measured',
  } as const;
  const tolerated = outcome === 'not-enough-data' && passed === true;
  return tolerated ? `${words[outcome]}, tolerated` : words[outcome];
}

/** The verdict and its reason in one sentence. */
export function headline(evaluation: Evaluation): string {
  const { verdict, gates } = evaluation;
  const title = { accepted: 'Accepted', rejected: 'Rejected', undecided: 'Undecided' }[verdict];
  return `${title}: ${reason(evaluation, gates)}`;
}

function reason(evaluation: Evaluation, gates: readonly GateResult[]): string {
  const [broken, ...others] = evaluation.breaks;
  if (broken !== undefined) {
    const more = others.length > 0 ? `, and ${others.length} more` : '';
    return `the interface breaks: ${broken}${more}`;
  }
  const faulty = evaluation.data.findings.filter(({ severity }) => severity === 'error');
  if (faulty[0]) {
    const more = faulty.length > 1 ? `, and ${faulty.length - 1} more` : '';
    return `the data are faulty: ${faulty[0].message}${more}`;
  }
  const failed = gates.filter(({ passed }) => passed === false);
  if (evaluation.verdict !== 'accepted') {
    const [first] = failed;
    if (!first) return `${absence(evaluation)}, and no gate has a min or max`;
    const left = failed.length - 1;
    const others = left > 0 ? `, and ${left} more ${left === 1 ? 'gate' : 'gates'} failed` : '';
    return `${complaint(first)}${others}`;
  }
  const verdict = gates.length === 0 ? 'the policy has no gates' : gatesPassed(evaluation);
  return `${standing(evaluation)}; ${verdict}`;
}

/** Why a gate did not pass. */
function complaint(gate: GateResult): string {
  const { metric, rule, limit, outcome } = gate;
  const title = metricTitle(metric);
  if (outcome === 'no-baseline') return `${title} cannot be compared: there is no baseline`;
  if (outcome === 'not-comparable') {
    return `${title} cannot be compared: the interfaces differ`;
  }
  if (outcome === 'not-measured' || outcome === 'unanswered') {
    return `${title} could not be measured`;
  }
  if (rule === 'min' || rule === 'slice-min')
    return `${title} ${finding(gate)} is below ${metricValue(metric, limit)}`;
  if (rule === 'max') return `${title} ${finding(gate)} is above ${metricValue(metric, limit)}`;
  const allowed = rule === 'max-ratio' ? ratio(limit) : `${distance(gate, limit)} worse`;
  if (outcome === 'worse') {
    const found = rule === 'max-ratio' ? `${finding(gate)} the baseline's` : finding(gate);
    return `${title} is ${found}; at most ${allowed} is allowed`;
  }
  const range = gate.interval ? rangeText(gate, gate.interval) : 'anything';
  return `not enough data: ${title} may be ${range}, and at most ${allowed} is allowed${examplesText(gate)}`;
}

function gatesPassed(evaluation: Evaluation): string {
  const { gates } = evaluation;
  const decided = gates.filter(({ passed }) => passed !== undefined).length;
  const left = gates.length - decided;
  const passed = decided === 1 ? 'the gate passed' : `all ${decided} gates passed`;
  return left > 0 ? `${passed}, ${left} left out since ${absence(evaluation)}` : passed;
}

/** How good the candidate is, and against what. */
export function standing(evaluation: Evaluation): string {
  const { qualities, baseline } = evaluation;
  const [first] = qualities;
  if (!first) return 'measured';
  const value = `${metricTitle(first.metric)} ${metricValue(first.metric, first.candidate)}`;
  if (!baseline) return value;
  if (!first.regression) return `${value}, not compared`;
  const { estimate } = first.regression;
  if (estimate === 0) return `${value}, as ${baseline.name}`;
  const direction = estimate < 0 ? 'better' : 'worse';
  return `${value}, ${metricDistance(first.metric, estimate)} ${direction} than ${baseline.name}`;
}

/** Which examples came out differently, and whether chance alone would do that. */
export function flipsSentence({ broken, fixed, chance }: NonNullable<Evaluation['pairs']>): string {
  const flips = `${count(broken)} from right to wrong, ${count(fixed)} from wrong to right`;
  if (broken + fixed === 0) return flips;
  const odds = chance < 0.0001 ? 'in less than 1 of 10,000 cases' : `in ${oneOf(chance)}`;
  return `${flips}; equally good models would differ this much ${odds} (McNemar)`;
}

function oneOf(chance: number): string {
  return chance < 0.01
    ? `1 of ${count(Math.round(1 / chance))} cases`
    : `${Math.round(chance * 100)} % of cases`;
}

/** Whether a model was run in a way that a reader of the verdict must know. */
export function isOdd(inference: Inference): boolean {
  if (inference.by === 'none') return true;
  if (inference.by === 'command') return inference.gives === 'metrics';
  return inference.fallback !== undefined || inference.alone === false;
}

/** How a model was run over the test set, and what was not as it should be. */
export function inferenceSentence(inference: Inference): string {
  if (inference.by === 'none') return `Not measured: ${inference.why}.`;
  return inference.by === 'command' ? commandSentence(inference) : engineSentence(inference);
}

function commandSentence({ command, seconds, gives }: CommandInference): string {
  const metrics =
    gives === 'metrics'
      ? ' It gives metrics and no predictions, so nothing tells what of a difference is chance.'
      : '';
  return `Answered by ${command} in ${duration(1000 * seconds)}.${metrics}`;
}

function engineSentence(inference: EngineInference): string {
  const { provider, fallback, setting, byLength, alone } = inference;
  const place = { cuda: 'a GPU', cpu: 'the CPU', wasm: 'the CPU as WebAssembly' }[provider];
  const threads = setting.threads === 1 ? '1 thread' : `${setting.threads} threads`;
  const batch = byLength
    ? `${setting.batch} tokens at a time, texts of like length together`
    : `${setting.batch} examples at a time`;
  const ran = `Answered by ONNX Runtime on ${place}, ${threads}, ${batch}.`;
  const otherwise =
    provider === 'wasm'
      ? ' The native build, which is faster, was asked for and does not run here'
      : ' CUDA was asked for and does not run it';
  const instead = fallback === undefined ? '' : `${otherwise}: ${fallback}.`;
  const mixed =
    alone === false ? ' Its answers depend on which examples are answered together.' : '';
  return ran + instead + mixed;
}

/** Why there is nothing to compare with. */
export function absence({ diff }: Evaluation): string {
  return diff ? 'the interfaces differ' : 'there is no baseline';
}
