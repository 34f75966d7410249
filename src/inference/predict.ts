import { UserError } from '../errors.ts';
import { elementCount } from '../formats/nd-array.ts';
import { checkColumns, describe, feedsOf, halfToNumber, type Columns } from './feeds.ts';
import type { InferenceProcess } from './inference-process.ts';
import type { LoadedModel, Port, Tensor } from './protocol.ts';

/** Large enough to keep every core busy, small enough to show progress. */
const MAX_BATCH = 256;

/** What one request carries to the other process at most, but for a single example. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024;

/** Scores of all examples lie in memory: 1 GiB as float64. */
const MAX_SCORES = 2 ** 27;

/** A model that is loaded in its process. */
export interface RunningModel {
  readonly process: InferenceProcess;
  readonly model: LoadedModel;
  /** How errors call it: `candidate digits`. */
  readonly subject: string;
}

export interface Outputs {
  /** The name of the output. */
  readonly output: string;
  /** What one example gives; [] for a single number. */
  readonly rowShape: readonly number[];
  /** Whether the model gave whole numbers. */
  readonly integer: boolean;
  /** Example after example. */
  readonly values: Float64Array;
}

/** @throws UserError where the file is no model that ONNX Runtime can run. */
export async function loadModel(
  process: InferenceProcess,
  path: string,
  subject: string,
): Promise<RunningModel> {
  const model = await process.ask({ kind: 'load', path }, subject);
  return { process, model, subject };
}

/**
 * The model's answers to all examples, in order.
 * @param output the first output of the model unless given
 * @throws UserError where model and data do not fit together, or the model fails.
 */
export async function predict(
  running: RunningModel,
  columns: Columns,
  examples: number,
  options: { readonly output?: string | undefined; onProgress?(done: number): void },
): Promise<Outputs> {
  const { process, model, subject } = running;
  checkColumns(model, columns, subject);
  const output = findOutput(model, options.output, subject);
  const batch = batchSize(model, columns);
  let rows: Rows | undefined;
  for (let from = 0; from < examples; from += batch) {
    const to = Math.min(examples, from + batch);
    // Only a model with a fixed batch needs the last one filled up.
    const size = fixedBatch(model) ?? to - from;
    const feeds = feedsOf(model, columns, { from, to, batch: size });
    const result = await process.ask(
      { kind: 'run', model: model.id, feeds, output: output.name },
      subject,
    );
    rows ??= new Rows(examples, result, subject);
    rows.put(result, { from, to, batch: size });
    options.onProgress?.(to);
  }
  return rows ? rows.outputs(output.name) : emptySet();
}

function emptySet(): never {
  throw new UserError('the test set has no examples', {
    hint: 'Correct the data set, or the stage that writes it.',
  });
}

function findOutput(model: LoadedModel, name: string | undefined, subject: string): Port {
  const found = name === undefined ? model.outputs[0] : model.outputs.find((o) => o.name === name);
  if (found?.type !== undefined) return found;
  throw new UserError(
    found === undefined
      ? `${subject} has no output '${name ?? ''}'`
      : `${subject}: output ${describe(found)} cannot be evaluated`,
    {
      hint: `Set evaluation.output in the policy to a tensor with the scores. It has: ${model.outputs.map(describe).join(', ')}. (skl2onnx: convert with zipmap=False.)`,
    },
  );
}

/** The batch that the model insists on; undefined where it takes any. */
export function fixedBatch(model: LoadedModel): number | undefined {
  const sizes = model.inputs
    .map(({ shape }) => shape[0])
    .filter((size) => typeof size === 'number');
  return sizes.length > 0 ? Math.max(1, ...sizes) : undefined;
}

function batchSize(model: LoadedModel, columns: Columns): number {
  const fixed = fixedBatch(model);
  if (fixed !== undefined) return fixed;
  const values = [...columns.values()].map(({ shape }) => elementCount(shape.slice(1)));
  const bytes = 8 * values.reduce((sum, count) => sum + count, 0);
  return Math.max(1, Math.min(MAX_BATCH, Math.floor(MAX_BATCH_BYTES / Math.max(bytes, 1))));
}

/** Collects the answers of all batches, and insists that they look alike. */
class Rows {
  readonly #subject: string;
  readonly #first: Tensor;
  readonly #rowShape: readonly number[];
  readonly #values: Float64Array;

  constructor(examples: number, first: Tensor, subject: string) {
    this.#subject = subject;
    this.#first = first;
    this.#rowShape = first.shape.slice(1);
    const scores = examples * elementCount(this.#rowShape);
    if (scores > MAX_SCORES) {
      throw new UserError(
        `${subject} gives [${first.shape.join(', ')}]: ${scores} numbers in all`,
        {
          hint: 'Choose the output with the scores by evaluation.output in the policy.',
        },
      );
    }
    this.#values = new Float64Array(scores);
  }

  put(
    result: Tensor,
    rows: { readonly from: number; readonly to: number; readonly batch: number },
  ): void {
    const { shape, values, elementType } = result;
    const size = elementCount(this.#rowShape);
    const expected = [rows.batch, ...this.#rowShape];
    if (shape.length !== expected.length || shape.some((count, axis) => count !== expected[axis])) {
      throw new UserError(
        `${this.#subject} gives [${shape.join(', ')}] for ${rows.batch} examples`,
        { hint: 'Each example needs one row of scores: choose another output in the policy.' },
      );
    }
    const half = elementType === 'float16';
    for (let i = 0, to = rows.from * size; to < rows.to * size; i++, to++) {
      const value = Number(values[i]);
      this.#values[to] = half ? halfToNumber(value) : value;
    }
  }

  outputs(output: string): Outputs {
    const integer = /int|bool/.test(this.#first.elementType);
    return { output, rowShape: this.#rowShape, integer, values: this.#values };
  }
}
