import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { codeOf, UserError } from '../errors.ts';

/** A million rows of class probabilities; parsed, the worst text takes some thirty times its size. */
const MAX_BYTES = 64 * 1024 * 1024;

/** A row of any task has three levels at most, in two more. */
const MAX_DEPTH = 16;

const schemaKey = { $schema: z.string().optional() };
const withPredictions = z.strictObject({
  ...schemaKey,
  predictions: z
    .array(z.unknown())
    .min(1)
    .describe('One for each example, in the order of the data set; see docs/evaluation.md.'),
});
const withMetrics = z.strictObject({
  ...schemaKey,
  metrics: z
    .record(z.string(), z.number())
    .describe('Metrics of the task, by the names that gates have; shares go from 0 to 1.'),
});

/** What evaluation.command writes; schema/predictions.json is generated from it. */
export const predictionsFile = z.union([withPredictions, withMetrics]);

export type Predictions =
  | { readonly gives: 'predictions'; readonly rows: readonly unknown[] }
  | { readonly gives: 'metrics'; readonly metrics: ReadonlyMap<string, number> };

/**
 * Reads what a command wrote for `subject`, of which nothing is believed: it may be no file, no
 * JSON, or as large and deep as a disk allows.
 * @throws UserError that says what is wrong with it.
 */
export async function readPredictions(file: string, subject: string): Promise<Predictions> {
  const text = await readText(file, subject);
  if (depthOf(text) > MAX_DEPTH) throw invalid(subject, `it is nested deeper than ${MAX_DEPTH}`);
  const value = parse(text, subject);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject) throw invalid(subject, 'it is no object');
  const schema = Object.hasOwn(value, 'metrics') ? withMetrics : withPredictions;
  const checked = schema.safeParse(value);
  if (!checked.success) throw invalid(subject, z.prettifyError(checked.error).slice(0, 500));
  if ('predictions' in checked.data) {
    return { gives: 'predictions', rows: checked.data.predictions };
  }
  return { gives: 'metrics', metrics: new Map(Object.entries(checked.data.metrics)) };
}

async function readText(file: string, subject: string): Promise<string> {
  // A link could lead to any file of the machine, and a pipe would be waited for without end.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(file, flags).catch((thrown: unknown) => {
    if (codeOf(thrown) === 'ENOENT') throw invalid(subject, 'the command wrote none');
    if (codeOf(thrown) === 'ELOOP' || codeOf(thrown) === 'ENXIO') throw invalid(subject, NO_FILE);
    throw thrown;
  });
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw invalid(subject, NO_FILE);
    if (status.size > MAX_BYTES) {
      throw invalid(subject, `it has ${status.size} bytes, and ${MAX_BYTES} are read at most`);
    }
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

const NO_FILE = 'it is no plain file';

/** How deep brackets go; those in strings do not count. */
function depthOf(text: string): number {
  let [depth, deepest, quoted] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted && character === '\\') at += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && (character === '[' || character === '{')) {
      deepest = Math.max(deepest, ++depth);
    } else if (!quoted && (character === ']' || character === '}')) depth -= 1;
  }
  return deepest;
}

function parse(text: string, subject: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const notANumber = /[[,:]\s*-?(?:NaN|Infinity)\b/.test(text);
    const what = notANumber ? 'it has NaN or Infinity, which are no answers' : 'it is no JSON';
    throw invalid(subject, what, cause);
  }
}

function invalid(subject: string, what: string, cause?: unknown): UserError {
  return new UserError(`the predictions file of ${subject} cannot be used: ${what}`, {
    hint: 'evaluation.command writes {"predictions": [one for each example]} or {"metrics": {...}} to the file MODEL_CI_PREDICTIONS; docs/evaluation.md has both.',
    cause,
  });
}
