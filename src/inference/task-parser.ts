import path from 'node:path';
import { UserError } from '../errors.ts';
import type { EvaluationPolicy } from '../project/evaluation-policy.ts';
import { findModel, type Model } from '../project/models.ts';
import { POLICY_FILE, type Policy } from '../project/policy.ts';

const GRAMMAR = '/evaluate [MODEL] [against BASELINE] [on DATA]';

/** Longer than any path; whoever comments may paste a book. */
const MAX_REQUEST = 2000;

/** What somebody asks for; what is left out is as the policy says. */
export interface EvaluationRequest {
  readonly model?: string | undefined;
  /** `auto`, `none`, a version, an environment by its name alone or as `name#environment`, a path. */
  readonly baseline?: string | undefined;
  /** A data set in the repository. */
  readonly data?: string | undefined;
}

/** What is to be done, checked against the policy. */
export interface EvaluationPlan {
  readonly model: Model;
  readonly evaluation: EvaluationPolicy;
  /** As chooseBaseline wants it. */
  readonly baseline: string;
}

const PREPOSITIONS = { against: 'baseline', on: 'data' } as const;

/**
 * Reads a request such as `/evaluate digits against production on "data/last night.parquet"`: the
 * line of a comment that begins with /evaluate. The rest of the comment is for people.
 * @throws UserError that names the word which is not understood, or the file outside the repository.
 */
export function parseRequest(comment: string): EvaluationRequest {
  const line = comment.split(/\r?\n/).find((text) => /^\s*\/evaluate(\s|$)/.test(text));
  if (line === undefined) throw misread('no line begins with /evaluate');
  if (line.length > MAX_REQUEST) throw misread(`the line has more than ${MAX_REQUEST} characters`);
  const [, ...words] = wordsOf(line.trim());
  const request: { model?: string; baseline?: string; data?: string } = {};
  let expected: 'model' | 'baseline' | 'data' | undefined = 'model';
  for (const { text, quoted } of words) {
    const preposition = !quoted && Object.hasOwn(PREPOSITIONS, text);
    if (preposition) {
      if (expected && expected !== 'model') throw misread(`'${text}' stands where a name should`);
      expected = PREPOSITIONS[text as keyof typeof PREPOSITIONS];
      if (request[expected] !== undefined) throw misread(`'${text}' is there twice`);
    } else if (expected) {
      request[expected] = text;
      expected = undefined;
    } else throw misread(`'${text}' is not understood`);
  }
  if (expected && expected !== 'model') throw misread('its last word wants a name after it');
  for (const named of [request.baseline, request.data]) checkWithin(named);
  return request;
}

interface Word {
  readonly text: string;
  readonly quoted: boolean;
}

/** Words, and texts in double quotes as one word each. */
function wordsOf(line: string): Word[] {
  const words: Word[] = [];
  for (const [found, inner] of line.matchAll(/"([^"]*)"(?=\s|$)|\S+/g)) {
    if (inner === '') throw misread('there is nothing between two quotes');
    if (inner === undefined && found.startsWith('"')) throw misread('a quote is not closed');
    words.push({ text: inner ?? found, quoted: inner !== undefined });
  }
  return words;
}

function misread(what: string): UserError {
  return new UserError(`the request cannot be read: ${what}`, {
    hint: `Write: ${GRAMMAR}, for example /evaluate digits against production on data/night.parquet. A name with spaces stands in double quotes.`,
  });
}

/**
 * Checks a request against the policy.
 * @throws UserError for a model or an environment that there is not, and a model that the policy does
 * not say how to evaluate.
 */
export function planOf(request: EvaluationRequest, policy: Policy): EvaluationPlan {
  const model = findModel(policy, request.model);
  const { evaluation } = model;
  if (!evaluation) {
    throw new UserError(`the policy does not say how to evaluate model '${model.name}'`, {
      hint: `Add 'evaluation:' with data and inputs to it in ${POLICY_FILE}.`,
      place: { file: POLICY_FILE },
    });
  }
  const { data } = request;
  return {
    model,
    evaluation: data === undefined ? evaluation : { ...evaluation, data },
    baseline: baselineOf(request.baseline ?? evaluation.baseline, model, policy),
  };
}

/** An environment may go by its name alone, since the model is known. */
function baselineOf(wanted: string, { name }: Model, { registry }: Policy): string {
  const isName = /^[A-Za-z][A-Za-z0-9_-]*$/.test(wanted);
  if (!isName || wanted === 'auto' || wanted === 'none') return wanted;
  const { environments } = registry;
  if (environments && Object.hasOwn(environments, wanted)) return `${name}#${wanted}`;
  if (!environments) return wanted;
  throw new UserError(`no environment is called '${wanted}'`, {
    hint: `${POLICY_FILE} declares: ${Object.keys(environments).join(', ') || 'none'}. A baseline may also be auto, none, a version (${name}@v1.0.0) or a path (./${wanted}).`,
    place: { file: POLICY_FILE },
  });
}

/** Whoever may comment may not look around on the machine. */
function checkWithin(file: string | undefined): void {
  const normal = path.posix.normalize((file ?? '').replaceAll('\\', '/'));
  if (!/^(\/|[A-Za-z]:|\.\.(\/|$))/.test(normal)) return;
  throw misread(`${String(file)} lies outside the repository`);
}
