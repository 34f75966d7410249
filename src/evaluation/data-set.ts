import path from 'node:path';
import { codeOf, UserError } from '../errors.ts';
import type { NdArray } from '../formats/nd-array.ts';
import { readNpz } from '../formats/npz.ts';
import type { Columns } from '../inference/feeds.ts';
import type { EvaluationPolicy } from '../project/evaluation-policy.ts';
import { stat } from 'node:fs/promises';

/** More classes than any labelled set has; a label beyond is a mistake such as an id. */
const MAX_CLASSES = 100_000;

/** The examples that both models answer. */
export interface DataSet {
  /** As the policy names it. */
  readonly file: string;
  readonly examples: number;
  readonly columns: Columns;
  readonly labels: Int32Array;
}

/**
 * Reads the test set that the policy names.
 * @throws UserError where it is missing, empty, or its arrays do not belong together.
 */
export async function readDataSet(
  workspace: string,
  policy: Pick<EvaluationPolicy, 'data' | 'inputs' | 'labels'>,
): Promise<DataSet> {
  const absolute = path.resolve(workspace, policy.data);
  await checkFile(absolute, policy.data);
  const names = [...Object.values(policy.inputs), policy.labels];
  const arrays = await readNpz(absolute, names, policy.data);
  const columns = new Map<string, NdArray>();
  for (const [input, name] of Object.entries(policy.inputs)) {
    const array = arrays.get(name);
    if (array) columns.set(input, array);
  }
  const labels = readLabels(arrays.get(policy.labels), policy);
  for (const [input, array] of columns) {
    if (array.shape[0] === labels.length) continue;
    throw invalid(
      policy.data,
      `array '${policy.inputs[input] ?? input}' has ${array.shape[0] ?? 'no'} examples and '${policy.labels}' has ${labels.length}`,
      'Each example needs one label: write the arrays together.',
    );
  }
  return { file: policy.data, examples: labels.length, columns, labels };
}

async function checkFile(absolute: string, name: string): Promise<void> {
  const found = await stat(absolute).catch((thrown: unknown) => {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  });
  if (found) return;
  throw new UserError(`there is no test set at ${name}`, {
    hint: 'Run the stage that writes it (model-ci train), fetch it (dvc pull, git lfs pull), or correct evaluation.data in the policy.',
    place: { file: name },
  });
}

function readLabels(
  array: NdArray | undefined,
  policy: { data: string; labels: string },
): Int32Array {
  const { values, shape } = array ?? { values: new Uint8Array(), shape: [] };
  const name = `array '${policy.labels}'`;
  const column = shape.length === 2 && shape[1] === 1;
  if (shape.length !== 1 && !column) {
    throw invalid(
      policy.data,
      `${name} has the shape [${shape.join(', ')}]`,
      'Labels are class indices, one for each example: turn one-hot rows into indices (argmax).',
    );
  }
  if (values.length === 0) {
    throw invalid(policy.data, 'it has no examples', 'Correct the stage that writes it.');
  }
  const labels = new Int32Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const label = Number(values[row]);
    if (!Number.isInteger(label) || label < 0 || label >= MAX_CLASSES) {
      throw invalid(
        policy.data,
        `${name} holds ${String(values[row])} at row ${row}`,
        'Labels are class indices: whole numbers from 0.',
      );
    }
    labels[row] = label;
  }
  return labels;
}

/** @throws UserError where a label is none that the model can ever give. */
export function checkLabels(labels: Int32Array, classes: number, file: string): void {
  const row = labels.findIndex((label) => label >= classes);
  if (row < 0) return;
  throw invalid(
    file,
    `example ${row} has label ${String(labels[row])}, and the model tells ${classes} classes apart (0 to ${classes - 1})`,
    'Correct the labels, or evaluate a model that was trained on these classes.',
  );
}

function invalid(file: string, what: string, hint: string): UserError {
  return new UserError(`${file}: ${what}`, { hint, place: { file } });
}
