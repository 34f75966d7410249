import path from 'node:path';
import { codeOf, UserError } from '../errors.ts';
import type { NdArray } from '../formats/nd-array.ts';
import { readNpz } from '../formats/npz.ts';
import type { Columns } from '../inference/feeds.ts';
import type { EvaluationPolicy } from '../project/evaluation-policy.ts';
import { stat } from 'node:fs/promises';

/** The examples that both models answer. */
export interface DataSet {
  /** As the policy names it. */
  readonly file: string;
  readonly examples: number;
  readonly columns: Columns;
  readonly labels: NdArray;
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
  const labels = arrays.get(policy.labels) ?? NOTHING;
  const examples = labels.shape[0] ?? 0;
  if (examples === 0) {
    throw invalid(policy.data, 'it has no examples', 'Correct the stage that writes it.');
  }
  for (const [input, array] of columns) {
    if (array.shape[0] === examples) continue;
    throw invalid(
      policy.data,
      `array '${policy.inputs[input] ?? input}' has ${array.shape[0] ?? 'no'} examples and '${policy.labels}' has ${examples}`,
      'Each example needs one label: write the arrays together.',
    );
  }
  return { file: policy.data, examples, columns, labels };
}

/** A scalar has no examples either. */
const NOTHING: NdArray = { elementType: 'uint8', shape: [0], values: new Uint8Array() };

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

function invalid(file: string, what: string, hint: string): UserError {
  return new UserError(`${file}: ${what}`, { hint, place: { file } });
}
